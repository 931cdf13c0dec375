import { Controller, Inject } from '@nestjs/common';
import { ChatError } from '@munova/contracts';
import { ok } from '../answer.js';
import type { Answer } from '../answer.js';
import type { Demo } from '../deps.js';
import { headerOf } from '../http.js';
import type { HttpRequest } from '../http.js';
import { isLoopbackHost, isLoopbackOrigin } from '../loopback.js';
import { Call, Handles } from '../operation.js';
import type { CallOf } from '../operation.js';
import { demoPeople, demoToken } from '../schemas/service.js';

/** Nest's injection token for `Demo`. */
export const DEMO = Symbol('munova.demo');

@Controller()
export class DemoController {
  readonly #demo: Demo;

  constructor(@Inject(DEMO) demo: Demo) {
    this.#demo = demo;
  }

  @Handles(demoPeople)
  people(@Call() { request }: CallOf<typeof demoPeople>): Answer {
    expectLoopback(request);
    return ok(this.#demo.people);
  }

  @Handles(demoToken)
  async token(@Call() { request, body }: CallOf<typeof demoToken>): Promise<Answer> {
    expectLoopback(request);
    const person = this.#demo.people.find(({ sub }) => sub === body.sub);
    if (person === undefined) throw new ChatError('AUTH_01');
    return ok({ ...person, token: await this.#demo.mint(person.sub) });
  }
}

/**
 * Listening on loopback is not enough: a page of a stranger's may reach it through the browser, by
 * its own origin or by a name that it points to 127.0.0.1 (DNS rebinding).
 * @throws {ChatError} `forbidden`
 */
const expectLoopback = (request: HttpRequest): void => {
  const origin = headerOf(request, 'origin');
  if (!isLoopbackHost(headerOf(request, 'host') ?? '')) throw new ChatError('forbidden', 'Host: not loopback');
  if (origin !== undefined && !isLoopbackOrigin(origin)) throw new ChatError('forbidden', 'Origin: not loopback');
};
