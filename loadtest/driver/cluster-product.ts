/** A cluster of two edges and two actor nodes that tests use as if it were one process. */
import { Cluster, type ClusterMember, type ClusterOptions } from './cluster.js';
import type { LinkTarget } from './link.js';
import type { Product, ProductOptions, ReadyLine } from './product.js';

/**
 * REST goes to the first edge and sockets to the second, so that whatever a test says on one way and hears on the
 * other has crossed the cluster.
 */
export class ClusterProduct implements Product {
  readonly ready: ReadyLine;
  readonly #cluster: Cluster;
  readonly #edges: readonly [ClusterMember, ClusterMember];
  #turn = 0;
  #ended: Promise<number> | null = null;

  private constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#edges = [cluster.member('edge-1'), cluster.member('edge-2')];
    const [rest, sockets] = this.#edges;
    const { ws = '', tcp = '' } = sockets.ready;
    this.ready = { role: 'cluster', pid: sockets.ready.pid, http: rest.ready.http, ws, tcp };
  }

  static async start(
    servers: Pick<ClusterOptions, 'redis' | 'mongo'>,
    { dataDir, args = [], env = {} }: ProductOptions,
  ): Promise<ClusterProduct> {
    const isDemo = args.includes('--demo');
    // The processes share the secrets of the folder, as one process would have them.
    const variables = { MUNOVA_DATA_DIR: dataDir, ...(isDemo && { MUNOVA_DEMO: '1' }), ...env };
    const cluster = await Cluster.start({ ...servers, env: variables });
    const product = new ClusterProduct(cluster);
    if (isDemo) await cluster.munova('seed', '--url', product.ready.http);
    return product;
  }

  get target(): LinkTarget {
    return this.#edges[1].target;
  }

  get anyTarget(): LinkTarget {
    this.#turn = 1 - this.#turn;
    return this.#turn === 0 ? this.#edges[0].target : this.#edges[1].target;
  }

  get stdout(): readonly string[] {
    return this.#lines((line) => line.startsWith('munova '));
  }

  get stderr(): readonly string[] {
    return this.#lines((line) => !line.startsWith('munova '));
  }

  get exited(): boolean {
    return this.#cluster.members.every(({ running }) => !running);
  }

  end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | string> {
    if (signal === 'SIGKILL') return this.#cluster.destroy().then(() => signal);
    this.#ended ??= this.#cluster.stop();
    return this.#ended;
  }

  #lines(which: (line: string) => boolean): readonly string[] {
    return this.#cluster.members.flatMap(({ log }) => log.split('\n').filter((line) => line !== '' && which(line)));
  }
}
