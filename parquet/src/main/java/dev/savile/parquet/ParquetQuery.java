package dev.savile.parquet;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import org.duckdb.DuckDBDriver;
import org.jspecify.annotations.Nullable;

/// One pass over one file in a database of its own that lives in memory, sees no other file and no network, and loads
/// nothing. Rows come as they are read: a file larger than the memory is no matter.
final class ParquetQuery implements AutoCloseable {
    private final Connection connection;
    private final Statement statement;
    private final String table;
    private @Nullable ResultSet rows;

    private ParquetQuery(Connection connection, Statement statement, String table) {
        this.connection = connection;
        this.statement = statement;
        this.table = table;
    }

    static ParquetQuery open(Path file) throws SQLException {
        Connection connection = connect(file);
        try {
            // A folder named key=value would become a column.
            String table = "read_parquet([" + quoted(file) + "], hive_partitioning = false)";
            return new ParquetQuery(connection, connection.createStatement(), table);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /// Open a database that can do nothing but read one file.
    static Connection connect(Path file) throws SQLException {
        var properties = new Properties();
        properties.setProperty(DuckDBDriver.JDBC_STREAM_RESULTS, "true");
        Connection connection = new DuckDBDriver().connect("jdbc:duckdb:", properties);
        try (Statement statement = connection.createStatement()) {
            for (String setting : List.of(
                    "threads = 1", // rows are encoded far slower than one thread reads them
                    "TimeZone = 'UTC'", // a moment reads the same on every computer
                    "temp_directory = ''",
                    "autoinstall_known_extensions = false",
                    "autoload_known_extensions = false",
                    "allowed_paths = [" + quoted(file) + "]",
                    "enable_external_access = false",
                    "lock_configuration = true")) statement.execute("SET " + setting);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /// The columns, in the file's order.
    List<ParquetColumn> columns() throws SQLException {
        List<ParquetColumn> columns = new ArrayList<>();
        try (ResultSet found = statement.executeQuery("DESCRIBE SELECT * FROM " + table)) {
            while (found.next()) columns.add(new ParquetColumn(found.getString(1), found.getString(2)));
        }
        return columns;
    }

    /// Begin to read the rows of some columns.
    void select(List<ParquetColumn> columns) throws SQLException {
        rows = statement.executeQuery(
                columns.stream().map(ParquetColumn::expression).collect(Collectors.joining(", ", "SELECT ", " FROM "))
                        + table);
    }

    /// Go on to the next row; return whether there is one.
    boolean next() throws SQLException {
        return selected().next();
    }

    /// The value of a column of the present row, by its place among those selected, from 0.
    @Nullable
    String text(int column) throws SQLException {
        return selected().getString(column + 1);
    }

    private ResultSet selected() {
        if (rows == null) throw new IllegalStateException("nothing was selected");
        return rows;
    }

    private static String quoted(Path file) {
        return "'" + file.toAbsolutePath().toString().replace("'", "''") + "'";
    }

    @Override
    public void close() throws SQLException {
        try (connection;
                statement) {
            if (rows != null) rows.close();
        }
    }
}
