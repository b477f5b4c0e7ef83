package dev.savile.text.jinja;

/// Name a place in a template: line and column, both from 1, columns in UTF-16 units.
record Position(int line, int column) {
    @Override
    public String toString() {
        return "line " + line + ", column " + column;
    }
}
