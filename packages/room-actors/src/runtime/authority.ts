/** Whether this process may still act for the shards it owns. */
export interface Authority {
  /** When it turns false every shard is given up before it returns. Asked before each batch and each publication. */
  holds(): boolean;
}

/** Of a process that has no rival. */
export const SOLE_AUTHORITY: Authority = { holds: () => true };
