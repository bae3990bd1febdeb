/** What backup needs to know of a data folder's layout; handed in, for the composition root decides it. */
export interface DataFolder {
  dataDir: string;
  /** The database file in it. */
  database: string;
  /** The folder of the index generations in it. */
  generations: string;
}
