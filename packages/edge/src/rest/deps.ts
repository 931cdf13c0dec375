import type {
  DeploymentKey,
  Generation,
  Log,
  Memberships,
  Products,
  Role,
  RoomDirectory,
  RoomLog,
  Runtime,
  Tags,
  UserId,
} from '@munova/contracts';
import type { TokenVerifier } from '../auth/identity.js';
import type { CommandDispatcher } from '../inbound/command-dispatcher.js';
import type { Views } from '../views/views.js';
import type { RestMetrics } from './metrics.js';
import type { Rate } from './rate-limit.js';
import type { ClusterReport } from './schemas/service.js';

/** Somebody as whom the demo page signs in. */
export interface DemoPerson {
  readonly sub: UserId;
  readonly name: string;
  readonly role: Role;
  readonly shop: UserId | null;
}

/** The demo sign-in; the composer gives it on loopback only. */
export interface Demo {
  readonly people: readonly DemoPerson[];
  /** A token for one of `people`. */
  mint(sub: UserId): string | Promise<string>;
}

export interface HttpApiConfig {
  /** Of the product, for the OpenAPI document. */
  readonly version: string;
  /** Hosts that IMAGE content may point to; empty: any. */
  readonly imageHosts: readonly string[];
  readonly rateRest: Rate;
  readonly demo: Demo | null;
}

/** The part of a `Store` that REST uses. */
export interface HttpApiStore {
  readonly log: RoomLog;
  readonly directory: RoomDirectory;
  readonly memberships: Memberships;
  readonly products: Products;
  readonly tags: Tags;
}

/** What the operators' pages show. */
export interface ServiceDeps {
  readonly health: {
    /** False once the process should be restarted. */
    alive(): boolean;
    /** False while starting, draining or cut off from the store. */
    ready(): boolean | Promise<boolean>;
  };
  /** Prometheus text. */
  metricsText(): Promise<string>;
  /** @throws {ChatError} `unavailable` */
  cluster(): Promise<ClusterReport>;
}

export interface HttpApiDeps extends ServiceDeps {
  readonly store: HttpApiStore;
  /** Shared with the STOMP side; the composer closes them. */
  readonly views: Views;
  readonly dispatcher: CommandDispatcher;
  readonly verifier: TokenVerifier;
  readonly deploymentKey: DeploymentKey;
  readonly generation: Generation;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly metrics: RestMetrics;
  readonly config: HttpApiConfig;
}

/** Nest's injection token for `ServiceDeps`. */
export const SERVICE = Symbol('munova.service-deps');
/** Nest's injection token for `HttpApiDeps`. */
export const DEPS = Symbol('munova.http-api-deps');
