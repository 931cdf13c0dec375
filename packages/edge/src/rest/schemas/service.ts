import { z } from 'zod';
import { ROLES } from '@munova/contracts';
import { operation, publicOperation } from '../operation.js';
import { userId } from './fields.js';

const SERVICE = 'Service';
const DEMO = 'Demo';

/** Something served to everybody. @param answer the schema of its data; the content type where it is raw */
const served = (id: string, path: string, summary: string, answer: z.ZodType | string) =>
  publicOperation({ id, method: 'GET', path, summary, group: SERVICE, answers: { 200: answer } });

const state = z.strictObject({ status: z.string() });

export const healthz = served('healthz', '/healthz', 'Alive', state);
export const readyz = served(
  'readyz',
  '/readyz',
  'Ready to serve; 503 while starting, draining or cut off from the store',
  state,
);
export const metrics = served('metrics', '/metrics', 'Metrics in Prometheus’ text format', 'text/plain');
const clusterReport = z
  .strictObject({
    generation: z.string(),
    nodes: z.array(
      z
        .strictObject({
          node: z.string().meta({ description: 'The process and its incarnation' }),
          name: z.string(),
          incarnation: z.string(),
          role: z.enum(['standalone', 'edge', 'actors']),
          status: z.enum(['live', 'draining', 'dead']),
          address: z.string().nullable(),
          shards: z.int().meta({ description: 'How many it owns' }),
        })
        .meta({ id: 'ClusterNode' }),
    ),
    shards: z.array(
      z
        .strictObject({
          shard: z.int(),
          owner: z.string().nullable(),
          epoch: z.int(),
          lag: z
            .strictObject({ entries: z.int(), bytes: z.int() })
            .nullable()
            .meta({ description: 'What waits in its inbox; null where the inbox cannot be reached' }),
        })
        .meta({ id: 'ClusterShard' }),
    ),
  })
  .meta({ id: 'Cluster' });
/** The processes of a deployment and who owns which shard. */
export type ClusterReport = z.output<typeof clusterReport>;

export const cluster = operation({
  id: 'cluster',
  method: 'GET',
  path: '/admin/cluster',
  summary: 'Nodes, and of each shard its owner, epoch and lag; for admins',
  group: SERVICE,
  answers: { 200: clusterReport },
  errors: ['forbidden', 'unavailable'],
});

export const openApi = served('openApi', '/api/openapi.json', 'This document', 'application/json');
export const docs = served('docs', '/api/docs', 'This document as a page', 'text/html');

const Person = {
  sub: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  shop: z.string().nullable(),
};

export const demoPeople = publicOperation({
  id: 'demoPeople',
  method: 'GET',
  path: '/api/demo/people',
  summary: 'Whom the demo sign-in knows; on loopback only',
  group: DEMO,
  answers: { 200: z.array(z.strictObject(Person).meta({ id: 'Person' })) },
  errors: ['forbidden'],
});

export const demoToken = publicOperation({
  id: 'demoToken',
  method: 'POST',
  path: '/api/demo/token',
  summary: 'A token of one of them; on loopback only',
  group: DEMO,
  body: z.object({ sub: userId }),
  answers: { 200: z.strictObject({ ...Person, token: z.string() }) },
  errors: ['forbidden', 'AUTH_01'],
});
