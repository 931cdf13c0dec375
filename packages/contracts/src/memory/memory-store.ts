import type { Deployment, Products, Tags } from '../ports/catalogue.js';
import type { Memberships, Projection, ReadMarks, RoomDirectory, RoomNames } from '../ports/directory.js';
import type { RoomLog } from '../ports/room-log.js';
import type { Runtime } from '../ports/runtime.js';
import type { Store } from '../ports/store.js';
import { Lifecycle } from './lifecycle.js';
import { MemoryDeployment, MemoryProducts, MemoryTags } from './memory-catalogue.js';
import { MemoryMemberships, MemoryProjection, MemoryRoomDirectory, Projections } from './memory-directory.js';
import { MemoryRoomLog } from './memory-room-log.js';
import { MemoryReadMarks, MemoryRoomNames } from './memory-user-state.js';

/** A whole store in this process's memory: deterministic, and gone with the process. */
export class MemoryStore implements Store {
  readonly log: RoomLog;
  readonly projection: Projection;
  readonly directory: RoomDirectory;
  readonly memberships: Memberships;
  readonly readMarks: ReadMarks;
  readonly names: RoomNames;
  readonly products: Products;
  readonly tags: Tags;
  readonly deployment: Deployment;
  readonly #lifecycle = new Lifecycle();

  constructor(runtime: Pick<Runtime, 'clock' | 'random'>) {
    const lifecycle = this.#lifecycle;
    const log = new MemoryRoomLog(runtime.clock, lifecycle);
    const projections = new Projections();
    const tags = new MemoryTags(lifecycle);
    this.log = log;
    this.projection = new MemoryProjection(projections, log, lifecycle);
    this.directory = new MemoryRoomDirectory(projections, () => tags.tree(), lifecycle);
    this.memberships = new MemoryMemberships(projections, lifecycle);
    this.readMarks = new MemoryReadMarks(lifecycle);
    this.names = new MemoryRoomNames((room) => projections.room(room), lifecycle);
    this.products = new MemoryProducts(lifecycle);
    this.tags = tags;
    this.deployment = new MemoryDeployment(runtime.random, lifecycle);
  }

  async healthy(): Promise<boolean> {
    return this.#lifecycle.open;
  }

  async close(): Promise<void> {
    this.#lifecycle.close();
  }
}
