// Filled in the next slices.
