/** Setup of the end-to-end suite on clusters: what starts the product starts one, over the servers of the run. */
import { inject } from 'vitest';
import { sharedRedis, sharedRedisCluster, sharedReplicaSet } from '@munova/servers/testing';
import { redisClusterUrl } from '../../driver/cluster.js';
import { ClusterProduct } from '../../driver/cluster-product.js';
import { Product } from '../../driver/product.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Which Redis the clusters run over. */
    readonly munovaRedis: 'one' | 'cluster';
  }
}

Product.startBy(async (options) => {
  const redis =
    inject('munovaRedis') === 'cluster'
      ? redisClusterUrl((await sharedRedisCluster()).nodes)
      : (await sharedRedis()).url;
  return ClusterProduct.start({ redis, mongo: (await sharedReplicaSet()).uri }, options);
});
