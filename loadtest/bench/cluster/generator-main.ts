/** The load generator, a process of its own: carries out the orders of the benchmark that started it, one at a time. */
import { Crowd } from './crowd.js';
import type { Answer, AnswerTo, Order } from './protocol.js';

const crowd = new Crowd();

const carryOut = async (order: Order): Promise<AnswerTo[keyof AnswerTo]> => {
  switch (order.do) {
    case 'connect':
      await crowd.connect(order.visitors);
      return null;
    case 'pace':
      return crowd.pace(order.perSecond, order.ms);
    case 'saturate':
      return crowd.saturate(order.warmUpMs, order.ms);
    case 'fill':
      await crowd.fill(order.messages);
      return null;
    case 'leave':
      crowd.leave();
      return null;
    case 'catch-up':
      return crowd.catchUp(order.readers, order.atOnce);
  }
};

const answer = (text: Answer): void => void process.send?.(text);

process.on('message', (order: Order) => {
  carryOut(order).then(
    (result) => answer({ result }),
    (error: unknown) => answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
