/** `@stomp/stompjs` over WebSocket. */
import { Client } from '@stomp/stompjs';
import { WebSocket } from 'ws';
import { CONNECT_TIMEOUT_MS, type Headers, type Link, type OpenLink } from './link.js';

export const openStompjsLink: OpenLink = (target, token, events) =>
  new Promise<Link>((resolve, reject) => {
    const socket = new WebSocket(target.ws, ['v12.stomp', 'v11.stomp', 'v10.stomp'], {
      handshakeTimeout: CONNECT_TIMEOUT_MS,
    });
    const watched = (headers: Headers): Record<string, string> => {
      const receipt = headers['receipt'];
      if (receipt !== undefined)
        client.watchForReceipt(receipt, (frame) => {
          events.receipt(frame.headers);
        });
      return { ...headers };
    };
    const link: Link = {
      subscribe: (headers) => {
        const { destination = '', ...rest } = watched(headers);
        client.subscribe(
          destination,
          (message) => {
            events.message(message.headers, message.body);
          },
          rest,
        );
      },
      send: (headers, body) => {
        const { destination = '', ...rest } = watched(headers);
        client.publish({ destination, headers: rest, body });
      },
      drop: () => {
        socket.terminate();
      },
    };
    const client = new Client({
      webSocketFactory: () => socket,
      connectHeaders: { Authorization: `Bearer ${token}` },
      reconnectDelay: 0,
      onConnect: () => {
        resolve(link);
      },
      onStompError: (frame) => {
        events.error(frame.headers);
      },
      onWebSocketClose: () => {
        void client.deactivate({ force: true });
        reject(new Error('closed before CONNECTED'));
        events.closed();
      },
    });
    client.activate();
  });
