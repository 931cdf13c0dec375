/** `stompit` over TCP. */
import stompit from 'stompit';
import { CONNECT_TIMEOUT_MS, type Link, type OpenLink } from './link.js';

export const openStompitLink: OpenLink = (target, token, events) =>
  new Promise<Link>((resolve, reject) => {
    const options = {
      host: target.tcpHost,
      port: target.tcpPort,
      timeout: CONNECT_TIMEOUT_MS,
      connectHeaders: { host: 'munova', passcode: token, 'heart-beat': '0,0' },
    };
    const raw = stompit.connect(options, (error, client) => {
      if (error) {
        reject(error);
        return;
      }
      // The library tells a receipt's listener nothing of the receipt; `seq` stands in its headers.
      client.setCommandHandler('RECEIPT', (frame, next) => {
        client.readEmptyBody(frame, () => {
          events.receipt(frame.headers);
          next();
        });
      });
      resolve({
        subscribe: (headers) => {
          client.subscribe({ ...headers }, (failure, message) => {
            if (failure) return;
            message.readString('utf-8', (unread, body) => {
              if (!unread) events.message(message.headers, body ?? '');
            });
          });
        },
        send: (headers, body) => {
          const frame = client.sendFrame('SEND', { ...headers });
          frame.end(body);
        },
        drop: () => {
          client.destroy();
        },
      });
    });
    // One of the two comes, once.
    const ended = (): void => {
      reject(new Error('closed before CONNECTED'));
      events.closed();
    };
    raw.on('error', (error) => {
      if (error.isApplicationError?.() === true) events.error({ message: error.message });
      ended();
    });
    raw.on('end', ended);
  });
