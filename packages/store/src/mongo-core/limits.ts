/** Bounds of the MongoDB adapters, each with its unit. */

/** What one command may write (entries): `created` and two `joined` are the most there are today. */
export const COMMAND_MAX_ENTRIES = 4;
/** Ends of logs that a process remembers, so as not to look for them before each append (rooms). */
export const LOG_ENDS_REMEMBERED = 50_000;
/** Lines that a process writes its appends on, those in doubt included (lines). */
export const APPEND_LINES_MAX = 256;
/** What a new generation adds to the greatest epoch that is known: more owners than a shard has while a backup is taken (epochs). */
export const GENERATION_EPOCHS = 1_000_000;
/** Rooms whose ends one read looks for (rooms). */
export const HEADS_AT_ONCE = 100;
/** Reads of one room each that one call has under way (reads). */
export const READS_AT_ONCE = 16;
