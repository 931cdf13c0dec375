import { z } from 'zod';
import { ROLES } from '@munova/contracts';
import { publicOperation } from '../operation.js';
import { userId } from './fields.js';

const SERVICE = 'Service';
const DEMO = 'Demo';
const state = z.strictObject({ status: z.string() });

export const healthz = publicOperation({
  id: 'healthz',
  method: 'GET',
  path: '/healthz',
  summary: 'Alive',
  group: SERVICE,
  answers: { 200: state },
});

export const readyz = publicOperation({
  id: 'readyz',
  method: 'GET',
  path: '/readyz',
  summary: 'Ready to serve; 503 while starting, draining or cut off from the store',
  group: SERVICE,
  answers: { 200: state },
});

export const metrics = publicOperation({
  id: 'metrics',
  method: 'GET',
  path: '/metrics',
  summary: 'Metrics in Prometheus’ text format',
  group: SERVICE,
  answers: { 200: 'text/plain' },
});

export const openApi = publicOperation({
  id: 'openApi',
  method: 'GET',
  path: '/api/openapi.json',
  summary: 'This document',
  group: SERVICE,
  answers: { 200: 'application/json' },
});

export const docs = publicOperation({
  id: 'docs',
  method: 'GET',
  path: '/api/docs',
  summary: 'This document as a page',
  group: SERVICE,
  answers: { 200: 'text/html' },
});

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
