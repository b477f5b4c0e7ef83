/// Parquet files as rows, read by DuckDB inside this process. Optional: core finds it as a
/// [TableFormat][dev.savile.data.TableFormat] where it is on the class path.
@NullMarked
package dev.savile.parquet;

import org.jspecify.annotations.NullMarked;
