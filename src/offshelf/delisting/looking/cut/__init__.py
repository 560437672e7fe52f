"""The statements that cut pages out of plans, acts and listings together. Reads only."""
