import { describe, expect, it } from 'vitest';
import { decode, encode } from '../k6/stomp.ts';

describe('[K4] the STOMP of the load scripts', () => {
  it('[K4] writes frames as version 1.2 has them, CONNECT without escapes', () => {
    expect(encode('SEND', { destination: '/rooms/a', 'x:y': 'a:b\\c\nd\r' }, '안녕')).toBe(
      'SEND\ndestination:/rooms/a\nx\\cy:a\\cb\\\\c\\nd\\r\n\n안녕\0',
    );
    expect(encode('CONNECT', { passcode: 'a:b' })).toBe('CONNECT\npasscode:a:b\n\n\0');
  });

  it('[K4] reads several frames and heart-beats of one message, either line end, the first of a repeated header', () => {
    const [connected, message, ...more] = decode(
      '\nCONNECTED\nsession:a:b\n\n\0\n\r\nMESSAGE\r\nmessage-id:r\\c7\r\nseq:7\r\nseq:8\r\n\r\n{"a":"\n\n"}\0\n',
    );
    expect(connected).toEqual({ command: 'CONNECTED', headers: { session: 'a:b' }, body: '' });
    expect(message).toEqual({ command: 'MESSAGE', headers: { 'message-id': 'r:7', seq: '7' }, body: '{"a":"\n\n"}' });
    expect(more).toEqual([]);
  });

  it('[K4] reads back what it writes', () => {
    const headers = { destination: '/user/queue/inbox', odd: '\\n:\n\r\\\\c' };
    expect(decode(encode('SEND', headers, '신발'))).toEqual([{ command: 'SEND', headers, body: '신발' }]);
  });
});
