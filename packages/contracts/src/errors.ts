/**
 * The one error registry. Each code says how it is answered over HTTP and STOMP, with which
 * WebSocket close code, and whether a client may try again. Whatever is thrown or refused names a
 * code from here; `internal` is what a bug becomes.
 */

/**
 * `never`: the same command will not succeed (registered where state decided it).
 * `later`: nothing happened; try again with the same id.
 * `unknown`: it may have happened; try again with the same id to learn which.
 */
export type RetryClass = 'never' | 'later' | 'unknown';

/**
 * `refusal`: a MESSAGE on `/user/queue/errors`, or an ERROR where that is not subscribed.
 * `fatal`: always an ERROR frame, and the connection closes.
 * `pause`: to a session without `/user/queue/errors` the socket is read more slowly first.
 * `none`: never said over STOMP.
 */
export type StompTreatment = 'refusal' | 'fatal' | 'pause' | 'none';

export interface ErrorSpec {
  readonly http: number;
  readonly stomp: StompTreatment;
  /** WebSocket close code once it ends a connection. */
  readonly close: number;
  readonly retry: RetryClass;
  readonly en: string;
  readonly ko: string;
}

export const CLOSE_CODES = {
  normal: 1000,
  goingAway: 1001,
  tooBig: 1009,
  internal: 1011,
  restart: 1012,
  tryLater: 1013,
  unauthenticated: 4001,
  forbidden: 4003,
  outcomeUnknown: 4007,
  protocol: 4008,
  slowConsumer: 4009,
  sessionExpired: 4010,
  rateLimited: 4029,
} as const;

const spec = (
  http: number,
  stomp: StompTreatment,
  close: number,
  retry: RetryClass,
  en: string,
  ko: string,
): ErrorSpec => ({ http, stomp, close, retry, en, ko });

const C = CLOSE_CODES;

export const ERRORS = {
  // The predecessor's codes, kept for its storefront.
  CHAT_01: spec(404, 'refusal', C.protocol, 'never', 'There is no such room.', '채팅방을 찾을 수 없습니다.'),
  CHAT_02: spec(409, 'refusal', C.protocol, 'never', 'The room is closed.', '종료된 채팅방입니다.'),
  CHAT_03: spec(
    403,
    'refusal',
    C.forbidden,
    'never',
    'You have no access to this room.',
    '채팅방에 대한 권한이 없습니다.',
  ),
  CHAT_04: spec(
    400,
    'refusal',
    C.protocol,
    'never',
    'The capacity is below the number of members.',
    '현재 참여 인원보다 적은 정원으로 변경할 수 없습니다.',
  ),
  CHAT_05: spec(
    400,
    'refusal',
    C.protocol,
    'never',
    'The room name must have 1 to 100 characters.',
    '채팅방 이름은 1자 이상 100자 이하여야 합니다.',
  ),
  CHAT_06: spec(400, 'refusal', C.protocol, 'never', 'The room is full.', '채팅방 정원이 가득 찼습니다.'),
  CHAT_08: spec(
    400,
    'refusal',
    C.protocol,
    'never',
    'You have joined this room already.',
    '이미 참여 중인 채팅방입니다.',
  ),
  CHAT_09: spec(409, 'refusal', C.protocol, 'never', 'This room name is taken.', '이미 사용 중인 채팅방 이름입니다.'),
  CHAT_10: spec(
    404,
    'refusal',
    C.protocol,
    'never',
    'This does not apply to this kind of room.',
    '유효하지 않은 채팅방입니다.',
  ),
  CHAT_11: spec(
    400,
    'refusal',
    C.protocol,
    'never',
    'You cannot ask about your own product.',
    '본인이 판매하는 상품에는 문의할 수 없습니다.',
  ),
  AUTH_01: spec(404, 'refusal', C.protocol, 'never', 'There is no such user.', '사용자를 찾을 수 없습니다.'),
  AUTH_02: spec(403, 'refusal', C.forbidden, 'never', 'You are not allowed to do this.', '허용되지 않은 작업입니다.'),
  PROD_01: spec(404, 'refusal', C.protocol, 'never', 'There is no such product.', '상품을 찾을 수 없습니다.'),

  'bad-request': spec(400, 'refusal', C.protocol, 'never', 'The request is not valid.', '잘못된 요청입니다.'),
  'protocol-error': spec(400, 'fatal', C.protocol, 'never', 'The frame breaks the protocol.', '프로토콜 오류입니다.'),
  'version-unsupported': spec(
    400,
    'fatal',
    C.protocol,
    'never',
    'STOMP 1.0, 1.1 and 1.2 are spoken here.',
    '지원하지 않는 STOMP 버전입니다.',
  ),
  'connect-timeout': spec(
    408,
    'fatal',
    C.protocol,
    'later',
    'No CONNECT came in time.',
    'CONNECT 시간이 초과되었습니다.',
  ),
  'unknown-destination': spec(
    404,
    'refusal',
    C.protocol,
    'never',
    'There is no such destination.',
    '알 수 없는 목적지입니다.',
  ),
  'unknown-subscription': spec(
    404,
    'refusal',
    C.protocol,
    'never',
    'There is no such subscription or message.',
    '알 수 없는 구독입니다.',
  ),
  'duplicate-subscription': spec(
    409,
    'refusal',
    C.protocol,
    'never',
    'This subscription id is in use.',
    '이미 사용 중인 구독 ID입니다.',
  ),
  'too-many-subscriptions': spec(
    429,
    'refusal',
    C.protocol,
    'never',
    'This session has too many subscriptions.',
    '구독 수가 한도를 초과했습니다.',
  ),
  'transactions-unsupported': spec(
    400,
    'fatal',
    C.protocol,
    'never',
    'Transactions are not supported.',
    '트랜잭션은 지원하지 않습니다.',
  ),
  'slow-consumer': spec(
    429,
    'fatal',
    C.slowConsumer,
    'later',
    'Messages were not read fast enough.',
    '메시지 수신이 너무 느려 연결을 종료합니다.',
  ),
  'session-expired': spec(
    401,
    'fatal',
    C.sessionExpired,
    'later',
    'The token has expired.',
    '로그인이 만료되었습니다.',
  ),
  unauthenticated: spec(401, 'fatal', C.unauthenticated, 'never', 'A valid token is required.', '인증이 필요합니다.'),
  forbidden: spec(403, 'refusal', C.forbidden, 'never', 'You are not allowed to do this.', '접근 권한이 없습니다.'),
  'not-found': spec(404, 'refusal', C.protocol, 'never', 'There is nothing here.', '찾을 수 없습니다.'),
  'cmid-conflict': spec(
    409,
    'refusal',
    C.protocol,
    'never',
    'This id was used for another message.',
    '같은 ID로 다른 메시지가 전송되었습니다.',
  ),
  'too-large': spec(413, 'fatal', C.tooBig, 'never', 'The frame or body is too large.', '요청이 너무 큽니다.'),
  'rate-limited': spec(429, 'pause', C.rateLimited, 'later', 'Too many requests.', '요청이 너무 많습니다.'),
  reset: spec(
    409,
    'refusal',
    C.protocol,
    'never',
    'The position is not part of this log; start again from the history.',
    '위치가 유효하지 않습니다. 대화 내역을 다시 불러오세요.',
  ),
  'page-first': spec(
    409,
    'refusal',
    C.protocol,
    'never',
    'Too far behind; read the history in pages first.',
    '대화 내역을 먼저 불러오세요.',
  ),
  'outcome-unknown': spec(
    504,
    'fatal',
    C.outcomeUnknown,
    'unknown',
    'The outcome is not known; send again with the same id.',
    '처리 결과를 확인할 수 없습니다. 같은 ID로 다시 보내세요.',
  ),
  busy: spec(
    503,
    'pause',
    C.tryLater,
    'later',
    'The server is busy; try again later.',
    '서버가 혼잡합니다. 잠시 후 다시 시도하세요.',
  ),
  unavailable: spec(
    503,
    'refusal',
    C.tryLater,
    'later',
    'The service is not available at the moment.',
    '일시적으로 이용할 수 없습니다.',
  ),
  internal: spec(500, 'fatal', C.internal, 'unknown', 'Something went wrong on our side.', '내부 오류가 발생했습니다.'),
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERRORS;

export const isErrorCode = (s: string): s is ErrorCode => Object.hasOwn(ERRORS, s);
export const errorSpec = (code: ErrorCode): ErrorSpec => ERRORS[code];

/**
 * A refusal as an exception. `detail` says what was wrong with which field; it is shown to the
 * client and must never carry a stack, a secret or somebody else's data.
 */
export class ChatError extends Error {
  readonly code: ErrorCode;
  /** Facts a client needs to go on: `{generation, head}` of a `reset`, `{head}` of a `page-first`. */
  readonly facts: Readonly<Record<string, string | number>>;

  constructor(code: ErrorCode, detail?: string, facts: Readonly<Record<string, string | number>> = {}) {
    super(detail ?? ERRORS[code].en);
    this.name = 'ChatError';
    this.code = code;
    this.facts = facts;
  }
}
