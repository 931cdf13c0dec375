import { z } from 'zod';
import { ROLES } from '@munova/contracts';
import { publicOperation } from '../operation.js';
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
