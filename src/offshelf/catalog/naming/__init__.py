"""Finding goods by what people call them: codes and platform ids, many at once."""
