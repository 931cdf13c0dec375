import type { Deployment, Products, Tags } from './catalogue.js';
import type { Memberships, Projection, ReadMarks, RoomDirectory, RoomNames } from './directory.js';
import type { RoomLog } from './room-log.js';

/** All that one store gives; an adapter opens one of these. */
export interface Store {
  readonly log: RoomLog;
  readonly projection: Projection;
  readonly directory: RoomDirectory;
  readonly memberships: Memberships;
  readonly readMarks: ReadMarks;
  readonly names: RoomNames;
  readonly products: Products;
  readonly tags: Tags;
  readonly deployment: Deployment;
  /** False while the store refuses or cannot be reached; asked by `/readyz`. */
  healthy(): Promise<boolean>;
  /** Finishes what was begun; everything fails with `unavailable` afterwards. */
  close(): Promise<void>;
}
