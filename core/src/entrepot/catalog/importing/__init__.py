"""Products from files of other shops and from our own: readers by format, and the importer that saves them."""
