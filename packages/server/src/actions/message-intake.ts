import { OutletError, RequestError } from '../base/app-error.ts';
import type { Message } from '../model/message.ts';
import { findAuthor } from '../store/participants.ts';
import type { New } from '../store/schema.ts';
import { insertNewMessages, type MessageToAdd, type NewMessage } from './add-message.ts';
import { askPreWebhook } from './ask-pre-webhook.ts';
import type { ActionContext, Origin } from './context.ts';
import { findConversationToAsk } from './find-open-conversation.ts';

/** More would keep those who wait for the first of them. */
const TOGETHER_MAX = 100;

interface Waiting extends MessageToAdd {
  readonly resolve: (message: New<Message>) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Takes messages from many at one moment: those of one conversation that wait for it are added in one transaction, in
 * the order in which they came, so that the conversation is read, locked and counted once for all of them.
 */
export class MessageIntake {
  readonly #context: ActionContext;
  /** By account and conversation: those that no transaction has taken yet. */
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(context: ActionContext) {
    this.#context = context;
  }

  /**
   * Adds a message at the next index, wakes the conversation and tells who listens.
   *
   * @throws RequestError conversationClosed, rejectedByWebhook
   */
  async add(input: NewMessage, origin: Origin): Promise<New<Message>> {
    const wanted = origin.webhooks ? await this.#askAbout(input, origin) : input;
    return new Promise((resolve, reject) => {
      const key = `${wanted.accountSid}${wanted.conversationSid}`;
      const waiting = { input: wanted, origin, resolve, reject };
      const others = this.#waiting.get(key);
      if (others === undefined) {
        this.#waiting.set(key, [waiting]);
        void this.#run(key, wanted);
      } else {
        others.push(waiting);
      }
    });
  }

  /** Never rejects: what goes wrong is told to those who wait. */
  async #run(key: string, first: NewMessage): Promise<void> {
    let taken: readonly Waiting[] = [];
    const take = (): readonly Waiting[] => {
      if (taken.length === 0) taken = this.#take(key);
      return taken;
    };
    try {
      const messages = await this.#insert(first, take);
      for (const [at, message] of messages.entries()) taken[at]?.resolve(message);
    } catch (error) {
      const isOutage = error instanceof OutletError && error.retryable;
      if (error instanceof RequestError || isOutage || take().length === 1) {
        for (const { reject } of take()) reject(error);
        return;
      }
      // One of them cannot be stored: it fails alone.
      for (const waiting of taken) {
        await this.#insert(waiting.input, () => [waiting]).then(
          ([message]) => waiting.resolve(message as New<Message>),
          waiting.reject,
        );
      }
    }
  }

  #insert(
    first: NewMessage,
    take: () => readonly MessageToAdd[],
  ): Promise<readonly New<Message>[]> {
    const { transact } = this.#context;
    return transact((tx) => insertNewMessages(tx, this.#context, first, take));
  }

  #take(key: string): readonly Waiting[] {
    const waiting = this.#waiting.get(key) ?? [];
    const taken = waiting.splice(0, TOGETHER_MAX);
    const [next] = waiting;
    if (next === undefined) this.#waiting.delete(key);
    else void this.#run(key, next.input);
    return taken;
  }

  /** What the pre-event webhook makes of the message. */
  async #askAbout(input: NewMessage, origin: Origin): Promise<NewMessage> {
    const context = this.#context;
    const conversation = await findConversationToAsk(context, input);
    if (conversation === undefined) return input;
    const modified = await askPreWebhook(
      context,
      { ...conversation, resourceSid: conversation.sid },
      'onMessageAdd',
      origin,
      async () => ({
        ConversationSid: conversation.sid,
        ChatServiceSid: conversation.chatServiceSid,
        Body: input.body,
        Author: input.author,
        ParticipantSid:
          input.participantSid ?? (await findAuthor(context.db, conversation.sid, input.author)),
        Attributes: input.attributes,
        Media: input.media,
      }),
    );
    const { body, author, attributes } = modified;
    return {
      ...input,
      ...(body !== undefined && { body }),
      ...(author !== undefined && { author }),
      ...(attributes !== undefined && { attributes }),
    };
  }
}
