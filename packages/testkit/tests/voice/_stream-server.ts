import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeG711, G711, ToneMeter } from '@tutti/media';
import { validateRequest } from 'twilio';
import { WebSocketServer, type WebSocket } from 'ws';
import { eventually, type Json } from './_world.ts';

/** A customer's WebSocket server. */
export class StreamServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: WebSocketServer;
  readonly #connections: StreamConnection[] = [];
  #taken = 0;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket, request) => {
      this.#connections.push(new StreamConnection(socket, request, this.url));
    });
  }

  static async open(): Promise<StreamServer> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    return new StreamServer(server);
  }

  /** Connections that are open. */
  get size(): number {
    return this.#server.clients.size;
  }

  /** The next that connects, or has. */
  async next(): Promise<StreamConnection> {
    return eventually(() => {
      const connection = this.#connections[this.#taken];
      if (connection === undefined) throw new Error('Nobody connected');
      this.#taken += 1;
      return connection;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}

/** One connection, and all that came by it. */
export class StreamConnection {
  readonly messages: Json[] = [];
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly closed: Promise<{ code: number }>;
  readonly #url: string;
  #read = 0;

  constructor(socket: WebSocket, request: IncomingMessage, url: string) {
    this.socket = socket;
    this.request = request;
    this.#url = url;
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => this.messages.push(JSON.parse(data.toString('utf8'))));
    this.closed = new Promise((resolve) => socket.on('close', (code) => resolve({ code })));
  }

  /** Whether Twilio's own validator takes the signature of the handshake. */
  isSigned(authToken: string): boolean {
    const signature = String(this.request.headers['x-twilio-signature']);
    return validateRequest(authToken, signature, this.#url + this.request.url, {});
  }

  /** The first message of the event that has not been given out; those before it are passed over. */
  async next(event: string): Promise<Json> {
    return eventually(() => {
      const at = this.messages.findIndex(
        (message, index) => index >= this.#read && (message.event ?? message.type) === event,
      );
      if (at === -1) throw new Error(`No ${event} in ${JSON.stringify(this.messages.slice(-3))}`);
      this.#read = at + 1;
      return this.messages[at];
    });
  }

  /** The next of a relay's `info` messages that says so. */
  async nextInfo(name: string, value: string): Promise<Json> {
    let info: Json;
    do info = await this.next('info');
    while (info.name !== name || info.value !== value);
    return info;
  }

  get media(): Json[] {
    return this.messages.filter(({ event }) => event === 'media');
  }

  send(message: Json): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Resolves once the tone dominates 100 ms of what comes, or came, on the track. */
  async hears(frequencyHz: number, track = 'inbound'): Promise<void> {
    const meter = new ToneMeter();
    let at = 0;
    await eventually(() => {
      for (; at < this.messages.length; at += 1) {
        const { event, media } = this.messages[at];
        if (event !== 'media' || media.track !== track) continue;
        meter.push(decodeG711(G711.PCMU, Buffer.from(media.payload, 'base64')));
        if (meter.has(frequencyHz)) return;
      }
      throw new Error(`No ${frequencyHz} Hz in ${this.media.length} frames`);
    });
  }
}
