import { sellerOf } from '@munova/contracts';
import { inquiryName, roomNameKey } from '../names.js';
import { draft, log, NOOP, refuse, type Rule } from '../ruling.js';

/** The buyer's inquiry on a product: made once, there ever after; asking again reopens a closed one. */
export const createInquiry: Rule<'create-inquiry'> = (state, { actor, body }) => {
  if (state.status === 'absent') {
    const { productId, productName, sellerId } = body;
    if (sellerOf(actor) === sellerId) return refuse('CHAT_11');
    const name = inquiryName(productName, actor.name);
    return log(
      draft('created', { type: 'ONE_ON_ONE', name, productId, buyerId: actor.id, sellerId }),
      draft('joined', { userId: actor.id, name: actor.name, memberType: 'MEMBER' }),
      // The log knows a seller by id alone until he speaks: his name is in his token, not in the product.
      draft('joined', { userId: sellerId, name: sellerId, memberType: 'MEMBER' }),
    );
  }
  if (state.facts?.buyerId !== actor.id) return refuse('CHAT_01');
  return state.status === 'OPENED' ? NOOP : log(draft('opened', null));
};

/**
 * A group. Its id follows from owner and command id, so a room that is there already was made by an
 * earlier copy: the no-op runs into that copy's outcome in the store, and is then answered with it.
 * A room that was abandoned stays so.
 */
export const createGroup: Rule<'create-group'> = (state, { actor, body }, { nameTaken }) => {
  if (state.status !== 'absent') return state.facts?.ownerId === actor.id ? NOOP : refuse('CHAT_01');
  if (nameTaken) return refuse('CHAT_09');
  const { maxParticipants, tags } = body;
  return log(
    draft('created', { type: 'GROUP', name: roomNameKey(body.name), ownerId: actor.id, maxParticipants, tags }),
    draft('joined', { userId: actor.id, name: actor.name, memberType: 'OWNER' }),
  );
};
