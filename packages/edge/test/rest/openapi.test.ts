import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isErrorCode } from '@munova/contracts';
import { documentPath } from '../../src/rest/openapi.js';
import { startHarness } from './harness.js';
import type { Harness } from './harness.js';

type Json = Record<string, unknown>;
interface Documented extends Json {
  readonly operationId: string;
  readonly responses: Record<string, { content?: Record<string, { schema: Json }> }>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Documented>>;
  readonly components: { readonly schemas: Record<string, Json> };
}

let api: Harness;
let document: Document;
beforeAll(async () => {
  const demo = { people: [], mint: () => 'token' };
  api = await startHarness({ config: { demo } });
  document = (await (await fetch(`${api.url}/api/openapi.json`)).json()) as Document;
});
afterAll(() => api.close());

const operations = (): [string, Documented][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, op]): [string, Documented] => [`${method.toUpperCase()} ${path}`, op]),
  );

describe('[H24] the OpenAPI document', () => {
  it('lists exactly the routes that are served', () => {
    // HEAD comes with every GET; the page's own files are no operations.
    const served = api.api.routes.filter((route) => !route.startsWith('HEAD ') && !route.includes('/api/docs/assets/'));
    expect(
      operations()
        .map(([route]) => route)
        .sort(),
    ).toEqual(served.map(documentPath).sort());
    expect(served).toContain('GET /api/chat/group/:roomId');
    expect(served.length).toBeGreaterThan(30);
  });

  it('is OpenAPI 3.1 with distinct operation ids and no reference that leads nowhere', () => {
    expect(document.openapi).toBe('3.1.0');
    const ids = operations().map(([, op]) => op.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? '');
    expect(references.length).toBeGreaterThan(0);
    for (const reference of references) {
      expect(document.components.schemas).toHaveProperty(reference.replace('#/components/schemas/', ''));
    }
  });

  it('names every parameter of every path', () => {
    for (const [route, op] of operations()) {
      const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const named = (op['parameters'] as { in: string; name: string }[]).filter((p) => p.in === 'path');
      expect(named.map((p) => p.name)).toEqual(inPath);
    }
  });

  it('shows each answer in the wrapper, and of the codes only those of the registry', () => {
    for (const [route, op] of operations()) {
      const statuses = Object.keys(op.responses);
      expect(
        statuses.some((status) => status.startsWith('2')),
        route,
      ).toBe(true);
      for (const [status, { content }] of Object.entries(op.responses)) {
        const schema = content?.['application/json']?.schema;
        if (schema?.['properties'] === undefined) continue;
        const { code, statusCode } = schema['properties'] as { code: Json; statusCode: Json };
        expect(statusCode['const']).toBe(Number(status));
        if (status.startsWith('2')) expect(code['const']).toBe('success');
        else for (const name of (code['enum'] ?? [code['const']]) as string[]) expect(isErrorCode(name)).toBe(true);
      }
    }
  });
});

describe('[H25] the page of the document', () => {
  it('is served with its own script and style, and asks nobody else', async () => {
    const page = await fetch(`${api.url}/api/docs`);
    const html = await page.text();
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(html).not.toMatch(/(src|href|url)[=:]\s*["']?(https?:)?\/\//);
    expect(html).toContain("url: '/api/openapi.json'");
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(assets.length).toBeGreaterThanOrEqual(2);
    for (const path of assets) {
      const asset = await fetch(api.url + path);
      expect(asset.status, path).toBe(200);
      expect((await asset.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
  });

  it('serves no other file of that package', async () => {
    for (const path of ['package.json', 'index.html', '../package.json', '%2e%2e/package.json', 'swagger-ui.js.map']) {
      const answer = await api.call(`GET /api/docs/assets/${path}`);
      expect(answer, path).toMatchObject({ status: 404, code: 'not-found' });
    }
  });

  it('is found with a slash behind it too', async () => {
    expect(await (await fetch(`${api.url}/api/docs/`)).text()).toContain('<!doctype html>');
  });
});
