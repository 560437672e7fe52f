"""Looking through all listings: filters, pages, selections that hold a hundred thousand without naming them, saved views."""
