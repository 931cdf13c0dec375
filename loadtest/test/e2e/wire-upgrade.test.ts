/** Below STOMP on the started product: the WebSocket upgrade, and how frames lie in messages and headers. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { frameText } from '../../driver/raw-link.js';
import { until } from '../../driver/wait.js';
import { say, WireShop } from '../../driver/wire-shop.js';

vi.setConfig({ testTimeout: 30_000 });
let shop: WireShop;
let listed: WireShop;
beforeAll(async () => {
  const origins = { MUNOVA_ORIGINS: 'https://shop.example,https://desk.example:8443' };
  [shop, listed] = await Promise.all([WireShop.open(), WireShop.open({ env: origins })]);
}, 60_000);
afterAll(() => Promise.all([shop.close(), listed.close()]));

/** What an upgrade with these headers is answered. */
const upgrade = (
  path: string,
  headers: Record<string, string>,
  at = shop,
): Promise<{ status: number; challenge: unknown }> =>
  new Promise((resolve, reject) => {
    const call = request(new URL(path, at.product.ready.http), {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': Buffer.alloc(16, 7).toString('base64'),
        ...headers,
      },
    });
    call.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, challenge: undefined });
    });
    call.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, challenge: response.headers['www-authenticate'] });
    });
    call.on('error', reject);
    call.end();
  });

describe('the WebSocket upgrade', () => {
  it('[E17] is there on both paths and nowhere else', async () => {
    expect((await upgrade('/ws', {})).status).toBe(101);
    expect((await upgrade('/ws/websocket', {})).status).toBe(101);
    expect((await upgrade('/websocket', {})).status).toBe(404);
    expect((await upgrade('/ws/other', {})).status).toBe(404);
  });

  it('[E17] lets in no origin and the own host, and answers a foreign one with 403', async () => {
    const { host } = new URL(shop.product.ready.http);
    expect((await upgrade('/ws', { origin: `http://${host}` })).status).toBe(101);
    expect((await upgrade('/ws', { origin: 'https://evil.example' })).status).toBe(403);
    expect((await upgrade('/ws', { origin: 'null' })).status).toBe(403);
    const { port } = new URL(shop.product.ready.http);
    for (const name of ['127.0.0.1.evil.example', 'evil.example', 'localhost', '127.0.0.2']) {
      expect([name, (await upgrade('/ws', { origin: `http://${name}:${port}` })).status]).toEqual([name, 403]);
    }
    expect((await upgrade('/ws/websocket', { origin: `http://${host}@evil.example` })).status).toBe(403);
  });

  it('[E17] MUNOVA_ORIGINS says which ones are let in', async () => {
    const ask = async (origin: string): Promise<number> => (await upgrade('/ws', { origin }, listed)).status;
    expect(await ask('https://shop.example')).toBe(101);
    expect(await ask('https://desk.example:8443')).toBe(101);
    expect(await ask('http://shop.example')).toBe(403);
    expect(await ask('https://desk.example')).toBe(403);
    expect(await ask('https://shop.example.evil.example')).toBe(403);
    expect((await upgrade('/ws', {}, listed)).status).toBe(101);
  });

  it('[E4, E17] a bad token answers 401, in a header and in the query', async () => {
    const expired = shop.token(shop.fresh('u'), -1_000);
    expect((await upgrade('/ws', { authorization: 'Bearer nonsense' })).status).toBe(401);
    expect((await upgrade('/ws', { authorization: 'Basic dTpw' })).status).toBe(401);
    expect((await upgrade('/ws', { authorization: `Bearer ${expired}` })).status).toBe(401);
    expect((await upgrade(`/ws?access_token=${expired}`, {})).status).toBe(401);
    expect((await upgrade('/ws?access_token=', {})).status).toBe(401);
    expect((await upgrade('/ws', { authorization: 'Bearer nonsense' })).challenge).toBe('Bearer');
  });

  it('[E4] its token serves a CONNECT that has none', async () => {
    const user = shop.fresh('u');
    const byHeader = await shop.ws({ headers: { authorization: `Bearer ${shop.token(user)}` } });
    expect((await byHeader.connect(null)).headers['user-name']).toBe(user);
    const byQuery = await shop.ws({ path: `/ws/websocket?access_token=${shop.token(user)}` });
    expect((await byQuery.connect(null)).headers['user-name']).toBe(user);
  });

  it('[E4] CONNECT’s own token wins, and may not be of another user', async () => {
    const user = shop.fresh('u');
    const options = { headers: { authorization: `Bearer ${shop.token(user)}` } };
    const same = await shop.ws(options);
    expect((await same.connect(shop.token({ sub: user, name: '새 이름' }))).command).toBe('CONNECTED');
    const room = await shop.group(user);
    await same.ask('SUBSCRIBE', { destination: `/rooms/${room}`, id: 's' });
    await say(same, room, '이름');
    expect((await same.bodiesOf('s', 1))[0]).toMatchObject({ senderId: user, senderName: '새 이름' });
    const other = await shop.ws(options);
    expect((await other.connect(shop.token(shop.fresh('u')))).headers['code']).toBe('unauthenticated');
    expect((await other.end()).code).toBe(4001);
  });
});

describe('one port', () => {
  /** A whole upgrade, and a CONNECT behind it. */
  const upgradeAndConnect = (user: string): Buffer => {
    const frame = Buffer.from(frameText('CONNECT', { 'accept-version': '1.2', passcode: shop.token(user) }));
    const head = Buffer.from([0x82, 0xfe, frame.length >> 8, frame.length & 0xff, 0, 0, 0, 0]);
    const upgradeLines = [
      'GET /ws HTTP/1.1',
      'Host: munova',
      'Upgrade: websocket',
      'Connection: keep-alive, Upgrade',
      `Sec-WebSocket-Key: ${Buffer.alloc(16, 7).toString('base64')}`,
      'Sec-WebSocket-Version: 13',
    ];
    return Buffer.concat([Buffer.from(`${upgradeLines.join('\r\n')}\r\n\r\n`), head, frame]);
  };
  const request200 = 'GET /healthz HTTP/1.1\r\nHost: munova\r\n\r\n';

  it.each([
    ['as the first of its connection', ''],
    ['behind a REST call on the same connection', request200],
    ['behind several that came in one packet', request200.repeat(3)],
  ])('[E40] serves an upgrade with its CONNECT in the same packet, %s', async (_what, before) => {
    const { hostname, port } = new URL(shop.product.ready.http);
    const socket = connect(Number(port), hostname);
    let heard = '';
    socket.on('data', (chunk) => (heard += chunk.toString('latin1')));
    const user = shop.fresh('u');
    const answers = (): readonly string[] => heard.match(/HTTP\/1\.1 \d+/g) ?? [];
    const requests = before.match(/GET/g) ?? [];
    socket.write(before);
    await until('the requests are answered', 10_000, () => answers().length === requests.length);
    socket.write(upgradeAndConnect(user));
    await until('it is connected', 10_000, () => heard.includes(`user-name:${user}`));
    expect(answers()).toEqual([...requests.map(() => 'HTTP/1.1 200'), 'HTTP/1.1 101']);
    socket.destroy();
  });

  it('[E41] refuses an upgrade that is none of RFC 6455', async () => {
    expect((await upgrade('/ws', { 'sec-websocket-version': '8' })).status).toBe(426);
    expect((await upgrade('/ws', { 'sec-websocket-key': 'short' })).status).toBe(400);
    expect((await upgrade('/ws', { upgrade: 'h2c' })).status).toBe(400);
  });
});

describe('framing', () => {
  it('[E20] several frames come in one message, a frame across messages, text or binary, LF or CRLF', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    const client = await shop.ws();
    const connect = frameText('CONNECT', { 'accept-version': '1.2', host: 'munova', passcode: shop.token(user) });
    const subscribe = frameText('SUBSCRIBE', { destination: `/rooms/${room}`, id: 's', receipt: 'r-1' });
    client.write(`${connect}\n${subscribe}`);
    await client.next('both answers', ({ headers }) => headers['receipt-id'] === 'r-1');
    const body = JSON.stringify({ type: 'TEXT', content: '안녕 👟' });
    const send = Buffer.from(frameText('SEND', { destination: `/rooms/${room}/messages`, receipt: 'r-2' }, body));
    for (let at = 0; at < send.length; at += 7) {
      const piece = send.subarray(at, at + 7);
      // A text message must be UTF-8 by itself, so pieces of Korean go as binary ones.
      client.write(at < 28 ? piece.toString('latin1') : piece);
    }
    client.write(
      `SEND\r\ndestination:/rooms/${room}/messages\r\ncontent-type:text/plain\r\nreceipt:r-3\r\n\r\nCRLF\0\r\n`,
    );
    await client.next('the last receipt', ({ headers }) => headers['receipt-id'] === 'r-3');
    const bodies = await client.bodiesOf('s', 2);
    expect(bodies.map(({ content }) => content)).toEqual(['안녕 👟', 'CRLF']);
    for (const { binary, text } of client.messages) {
      expect(binary).toBe(false);
      expect(text.match(/\0/g) ?? []).toHaveLength(text === '\n' ? 0 : 1);
    }
  });

  it('[F6] message-id holds a colon, escaped as the version says', async () => {
    const user = shop.fresh('u');
    const room = await shop.group(user);
    for (const [version, colon] of [
      ['1.0', ':'],
      ['1.1', '\\c'],
      ['1.2', '\\c'],
    ] as const) {
      const client = await shop.person(user, { 'accept-version': version });
      await client.ask('SUBSCRIBE', { destination: `/rooms/${room}`, id: 's', 'last-seq': '0' });
      await client.bodiesOf('s', 2);
      expect(client.messages.map(({ text }) => text).join('')).toContain(`\nmessage-id:${room}${colon}1\n`);
    }
  });
});
