/** Columns of a table. */
export interface Column<T> {
  key: string;
  title: string;
  /** What the cell shows where no slot `cell-<key>` draws it. */
  text: (row: T) => string;
  numeric?: boolean;
  /** A word of a list: Chinese is not broken within it. */
  word?: boolean;
  sortable?: boolean;
  /** Hidden on a phone, where a row is a card. */
  desk?: boolean;
}
