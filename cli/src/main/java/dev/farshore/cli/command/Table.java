package dev.farshore.cli.command;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A table for people: columns as wide as their widest cell, numbers to the right. */
public final class Table {
    private static final String GAP = "  ";

    private final List<String> titles;
    private final List<List<Object>> rows = new ArrayList<>();

    public Table(String... titles) {
        this.titles = List.of(titles);
    }

    /**
     * @param cells one a column; a {@link Number} is aligned to the right
     */
    public Table row(Object... cells) {
        if (cells.length != titles.size()) {
            throw new IllegalArgumentException(
                    "%d cells for %d columns".formatted(cells.length, titles.size()));
        }
        rows.add(List.of(cells));
        return this;
    }

    public void print(PrintWriter out) {
        int[] widths = titles.stream().mapToInt(String::length).toArray();
        for (List<Object> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], text(row.get(i)).length());
            }
        }
        out.println(line(titles, widths));
        rows.forEach(row -> out.println(line(row, widths)));
        out.flush();
    }

    private String line(List<?> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String padding = " ".repeat(widths[i] - text(cells.get(i)).length());
            line.append(i == 0 ? "" : GAP)
                    .append(
                            isNumeric(i)
                                    ? padding + text(cells.get(i))
                                    : text(cells.get(i)) + padding);
        }
        return line.toString().stripTrailing();
    }

    /** A column is as its first row is. */
    private boolean isNumeric(int column) {
        return !rows.isEmpty() && rows.getFirst().get(column) instanceof Number;
    }

    private static String text(Object cell) {
        return cell instanceof Double number
                ? String.format(Locale.ROOT, "%.1f", number)
                : cell.toString();
    }
}
