"""(pure) The collections, by what they are about; each tells its fields and reads its rows."""
