/**
 * The dual router for TypeScript: a client of the gateway, over `fetch` alone.
 *
 * Copy this one file. It runs wherever `fetch` is: Node 20 or newer, Deno, Bun, workers. No provider's key is needed
 * or seen here; the key is one of the gateway's (`python -m router apps add NAME`). Such a key belongs on a server as
 * well: a page in a browser calls its own backend, which calls the gateway.
 *
 * Nothing is sent twice from here: the router behind the gateway has tried every target before it says no.
 *
 *     import { createDualRouter } from "./dual-router.ts";
 *
 *     const dualRouter = createDualRouter({ baseURL: "http://127.0.0.1:8700/v1", apiKey: "drk_…" });
 *     const completion = await dualRouter.complete(
 *       { type: "real-time-chat", prioritizeSpeed: true },
 *       [{ role: "user", content: "Train or rest?" }],
 *     );
 *     console.log(completion.text, completion.provider, completion.model);
 */

// --- what is asked ----------------------------------------------------------------------------------------------

export type TaskType =
  | "real-time-chat"
  | "quick-categorization"
  | "complex-reasoning"
  | "vision"
  | "structured-output"
  | "program-generation"
  | "streaming-feedback"
  | "verification";

/** What kind of work a request is. Speed together with accuracy is refused. */
export interface TaskConfig {
  readonly type: TaskType;
  /** The fast provider's targets are tried first. */
  readonly prioritizeSpeed?: boolean;
  /** The accurate provider's targets are tried first. */
  readonly prioritizeAccuracy?: boolean;
  /** Only the accurate provider answers; rather none than a worse answer. */
  readonly criticalAccuracy?: boolean;
  /** Only models that see pictures; a picture in the messages says so by itself. */
  readonly requiresVision?: boolean;
  /** The answer is one JSON document, checked before it is handed out. */
  readonly requiresJson?: boolean;
}

export interface TextPart {
  readonly type: "text";
  readonly text: string;
}

/** A picture: an address on the web, or the picture itself as a `data:` URL. */
export interface ImagePart {
  readonly type: "image_url";
  readonly image_url: { readonly url: string; readonly detail?: "auto" | "low" | "high" };
}

export type ContentPart = TextPart | ImagePart;

/** A tool call as messages carry it. */
export interface MessageToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface AssistantMessage {
  readonly role: "assistant";
  readonly content?: string | readonly ContentPart[] | null;
  readonly tool_calls?: readonly MessageToolCall[];
}

export type Message =
  | { readonly role: "system" | "developer" | "user"; readonly content: string | readonly ContentPart[] }
  | AssistantMessage
  | { readonly role: "tool"; readonly tool_call_id: string; readonly content: string | readonly ContentPart[] };

export interface Tool {
  readonly type: "function";
  readonly function: {
    readonly name: string;
    readonly description?: string;
    /** The arguments' JSON Schema. */
    readonly parameters?: Readonly<Record<string, unknown>>;
    readonly strict?: boolean;
  };
}

export interface NamedTool {
  readonly type: "function";
  readonly function: { readonly name: string };
}

export type ResponseFormat =
  | { readonly type: "text" | "json_object" }
  | {
      readonly type: "json_schema";
      readonly json_schema: {
        readonly name: string;
        readonly schema: Readonly<Record<string, unknown>>;
        readonly strict?: boolean;
      };
    };

export interface RequestOptions {
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly seed?: number;
  readonly stop?: string | readonly string[];
  readonly responseFormat?: ResponseFormat;
  readonly tools?: readonly Tool[];
  readonly toolChoice?: "auto" | "none" | "required" | NamedTool;
  readonly parallelToolCalls?: boolean;
  /** Seconds for all attempts together. */
  readonly deadlineSeconds?: number;
  /** Only these, in this order, each written `provider:model`. */
  readonly targets?: readonly string[];
  /** False: one target is tried, and no other. */
  readonly fallback?: boolean;
  /**
   * How old, in seconds, an earlier answer may be that is given again to the same request, at temperature 0 or with a
   * seed. 0 asks a provider in any case.
   */
  readonly cacheSeconds?: number;
  /** Aborting it ends the call at the provider too. */
  readonly signal?: AbortSignal;
}

export interface StreamOptions extends RequestOptions {
  /**
   * What happens when a target fails after some of its text was sent. `mark`, which is the default here: a `restart`
   * event, then the next target's text from its beginning. `hold`: nothing is sent before the answer is whole.
   * `error`: the stream fails.
   */
  readonly onRestart?: "mark" | "hold" | "error";
}

// --- what comes back --------------------------------------------------------------------------------------------

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly argumentsJson: string;
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
}

/** One target that was tried, or passed over (`outcome` is then `skipped`). */
export interface Attempt {
  readonly provider: string;
  readonly model: string;
  readonly outcome: string;
  readonly httpStatus: number | null;
  readonly error: string | null;
}

export interface Completion<Parsed = unknown> {
  /** The answer; where JSON was asked for, the valid document. */
  readonly text: string;
  /** The JSON document, where one was asked for; else null. */
  readonly parsed: Parsed | null;
  readonly toolCalls: readonly ToolCall[];
  /** What the model thought first; empty where it did not, or did not say. */
  readonly reasoning: string;
  /** Who served. */
  readonly provider: string;
  readonly model: string;
  readonly finishReason: string;
  readonly usage: Usage | null;
  /** Accuracy was critical, and only the fast provider was there to answer. */
  readonly degraded: boolean;
  /** A simulated provider answered. */
  readonly simulated: boolean;
  /** An earlier answer was given again, and no provider was called. */
  readonly fromCache: boolean;
  /** The request's id in the console's History. */
  readonly requestId: string;
  readonly attempts: readonly Attempt[];
  /** The answer as callers of OpenAI's shape read it. */
  readonly choices: readonly [Choice];
}

export interface Choice {
  readonly index: 0;
  /** May be pushed to the messages of the next request as it is. */
  readonly message: AssistantMessage;
  readonly finish_reason: string;
}

export type StreamEvent<Parsed = unknown> =
  | { readonly kind: "delta"; readonly text: string }
  | { readonly kind: "reasoning"; readonly text: string }
  | { readonly kind: "tool_call"; readonly call: ToolCall }
  /** What was shown is void; the text begins anew. */
  | { readonly kind: "restart" }
  | { readonly kind: "completed"; readonly completion: Completion<Parsed> };

/** Requests served since the gateway started: by provider, and by target in `breakdown`. */
export interface UsageStats {
  readonly breakdown: Readonly<Record<string, number>>;
  readonly [provider: string]: number | Readonly<Record<string, number>>;
}

// --- what can go wrong ------------------------------------------------------------------------------------------

export interface ErrorDetails {
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly param?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryAt?: Date | undefined;
  readonly attempts?: readonly Attempt[] | undefined;
  readonly text?: string | undefined;
  readonly cause?: unknown;
}

/**
 * What went wrong, by who can act on it:
 *
 *     RouterError
 *     ├── ConfigurationError   the operator: no or a wrong key, a task it may not use, no gateway at the address
 *     ├── RequestRejected      the caller: what was asked cannot be served so; `param` names the field
 *     ├── LimitReached         this app: its key's own limit; `retryAt` is when it may ask again
 *     ├── AllTargetsFailed     nobody now: `attempts`, and `retryAt`, the soonest time at which one may answer
 *     ├── DeadlineExceeded     nobody in that time: `attempts`
 *     └── StreamInterrupted    nobody: the stream broke off; `text` is what had come, and it is not whole
 *
 * A request that its caller aborts throws the signal's reason, as `fetch` does.
 */
export class RouterError extends Error {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly param: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAt: Date | undefined;
  readonly attempts: readonly Attempt[];
  readonly text: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.status = details.status;
    this.code = details.code;
    this.param = details.param;
    this.requestId = details.requestId;
    this.retryAt = details.retryAt;
    this.attempts = details.attempts ?? [];
    this.text = details.text;
  }
}

export class ConfigurationError extends RouterError {}
export class RequestRejected extends RouterError {}
export class LimitReached extends RouterError {}
export class AllTargetsFailed extends RouterError {}
export class DeadlineExceeded extends RouterError {}
export class StreamInterrupted extends RouterError {}

// --- the client -------------------------------------------------------------------------------------------------

export interface DualRouterOptions {
  /** Where the gateway is, with or without `/v1`. Default: `DUAL_ROUTER_BASE_URL`, else this machine's port 8700. */
  readonly baseURL?: string;
  /** A key of the gateway. Default: `DUAL_ROUTER_API_KEY`. */
  readonly apiKey?: string;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface DualRouter {
  /** The whole answer. */
  complete<Parsed = unknown>(
    config: TaskConfig,
    messages: readonly Message[],
    options?: RequestOptions,
  ): Promise<Completion<Parsed>>;
  /** The answer as it comes: `for await (const event of dualRouter.stream(…))`. Leaving the loop ends the call. */
  stream<Parsed = unknown>(
    config: TaskConfig,
    messages: readonly Message[],
    options?: StreamOptions,
  ): CompletionStream<Parsed>;
  /** Requests served since the gateway started, by provider and by target. */
  getUsageStats(): Promise<UsageStats>;
  /** Forget what failed: everything, one provider's targets, or one target. */
  resetFailures(provider?: string, model?: string): Promise<void>;
}

/** A client of the gateway at one address with one key. */
export function createDualRouter(settings: DualRouterOptions = {}): DualRouter {
  const call = (path: string, body?: unknown, signal?: AbortSignal): Promise<Response> =>
    callGateway(settings, path, { body, signal });
  return {
    async complete<Parsed>(config: TaskConfig, messages: readonly Message[], options: RequestOptions = {}) {
      const reply = await call("/chat/completions", requestBody(config, messages, options), options.signal);
      return completionOf<Parsed>((await readJson(reply, options.signal)) as Reply, asksForJson(config, options));
    },
    stream<Parsed>(config: TaskConfig, messages: readonly Message[], options: StreamOptions = {}) {
      return new CompletionStream<Parsed>(
        (signal) => call("/chat/completions", streamBody(config, messages, options), signal),
        asksForJson(config, options),
        options.signal,
      );
    },
    async getUsageStats() {
      return (await readJson(await call("/router/usage"))) as UsageStats;
    },
    async resetFailures(provider?: string, model?: string) {
      await readJson(await call("/router/failures/reset", { provider, model }));
    },
  };
}

/** The gateway that the environment names, looked up when it is first called. */
export const dualRouter: DualRouter = createDualRouter();

/** An answer on its way: iterate over it once. `text` is always the whole valid text so far. */
export class CompletionStream<Parsed = unknown> implements AsyncIterable<StreamEvent<Parsed>> {
  text = "";
  completion: Completion<Parsed> | null = null;
  readonly #open: (signal: AbortSignal) => Promise<Response>;
  readonly #json: boolean;
  readonly #abort = new AbortController();
  readonly #callerSignal: AbortSignal | undefined;
  #cancelled = false;
  #iterated = false;

  constructor(open: (signal: AbortSignal) => Promise<Response>, json: boolean, signal?: AbortSignal) {
    this.#open = open;
    this.#json = json;
    this.#callerSignal = signal;
  }

  /** End the call, at the provider too; the iteration then ends, and `completion` stays null. */
  cancel(): void {
    this.#cancelled = true;
    this.#abort.abort();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamEvent<Parsed>, void, undefined> {
    if (this.#iterated) throw new TypeError("A stream is iterated once; ask again for another answer.");
    this.#iterated = true;
    const forward = (): void => this.#abort.abort(this.#callerSignal?.reason);
    if (this.#callerSignal?.aborted) forward();
    this.#callerSignal?.addEventListener("abort", forward, { once: true });
    try {
      yield* this.#events();
    } catch (error) {
      if (!this.#cancelled) throw error;
    } finally {
      this.#callerSignal?.removeEventListener("abort", forward);
      this.#abort.abort();
    }
  }

  async *#events(): AsyncGenerator<StreamEvent<Parsed>, void, undefined> {
    const reply = await this.#open(this.#abort.signal);
    const whole = new WholeReply();
    for await (const chunk of this.#chunks(reply)) {
      if (chunk === "[DONE]") {
        this.completion = completionOf<Parsed>(whole.asReply(), this.#json);
        yield { kind: "completed", completion: this.completion };
        return;
      }
      if (chunk.error) throw errorOf(chunk.error, { requestId: requestIdOf(reply), text: this.text });
      for (const event of whole.take(chunk)) {
        this.text = whole.text;
        yield event;
      }
    }
    const details = { requestId: requestIdOf(reply), text: this.text };
    throw new StreamInterrupted("The stream ended before the answer did.", details);
  }

  /** What the stream holds; a connection that breaks off is an error that says so. */
  async *#chunks(reply: Response): AsyncGenerator<Chunk | "[DONE]", void, undefined> {
    try {
      for await (const data of readEvents(reply)) yield data === "[DONE]" ? data : (JSON.parse(data) as Chunk);
    } catch (error) {
      if (this.#abort.signal.aborted) throw this.#abort.signal.reason;
      const details = { requestId: requestIdOf(reply), text: this.text, cause: error };
      throw new StreamInterrupted("The connection to the gateway broke off within the answer.", details);
    }
  }
}

// --- the wire ---------------------------------------------------------------------------------------------------

interface WireError {
  message?: string;
  type?: string;
  code?: string | null;
  param?: string | null;
  attempts?: WireAttempt[];
}

interface WireAttempt {
  provider: string;
  model: string;
  outcome: string;
  http_status?: number | null;
  error?: string | null;
}

/** The gateway's own object in a reply. */
interface RouterFacts {
  event?: string;
  provider?: string;
  model?: string;
  request_id?: string;
  degraded?: boolean;
  simulated?: boolean;
  cache?: { status: string };
  attempts?: WireAttempt[];
}

interface Reply {
  choices: { message: WireMessage; finish_reason: string }[];
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number } | null | undefined;
  router?: RouterFacts;
}

interface WireMessage {
  content?: string | null;
  reasoning_content?: string | null;
  tool_calls?: MessageToolCall[];
}

interface Chunk {
  choices?: { delta: WireMessage; finish_reason?: string | null }[];
  usage?: Reply["usage"];
  router?: RouterFacts;
  error?: WireError;
}

/** A stream's chunks, put together. */
class WholeReply {
  text = "";
  #reasoning = "";
  #calls: MessageToolCall[] = [];
  #finishReason = "stop";
  #usage: Reply["usage"];
  #facts: RouterFacts = {};

  /** The events in a chunk. */
  *take(chunk: Chunk): Generator<Exclude<StreamEvent<never>, { kind: "completed" }>> {
    if (chunk.router?.event === "restart") {
      this.text = "";
      this.#reasoning = "";
      this.#calls = [];
      yield { kind: "restart" };
    } else if (chunk.router) this.#facts = { ...this.#facts, ...chunk.router };
    if (chunk.usage) this.#usage = chunk.usage;
    const choice = chunk.choices?.[0];
    if (choice?.finish_reason) this.#finishReason = choice.finish_reason;
    if (choice?.delta.reasoning_content) {
      this.#reasoning += choice.delta.reasoning_content;
      yield { kind: "reasoning", text: choice.delta.reasoning_content };
    }
    if (choice?.delta.content) {
      this.text += choice.delta.content;
      yield { kind: "delta", text: choice.delta.content };
    }
    // The gateway sends each call whole, in one delta.
    for (const { id, type, function: called } of choice?.delta.tool_calls ?? []) {
      const call = { id, type, function: called };
      this.#calls.push(call);
      yield { kind: "tool_call", call: toolCallOf(call) };
    }
  }

  asReply(): Reply {
    const message = { content: this.text || null, reasoning_content: this.#reasoning, tool_calls: this.#calls };
    return { choices: [{ message, finish_reason: this.#finishReason }], usage: this.#usage, router: this.#facts };
  }
}

function asksForJson(config: TaskConfig, options: RequestOptions): boolean {
  return options.responseFormat === undefined ? config.requiresJson === true : options.responseFormat.type !== "text";
}

type Body = Record<string, unknown>;

function requestBody(config: TaskConfig, messages: readonly Message[], options: StreamOptions): Body {
  return {
    model: config.type,
    messages,
    temperature: options.temperature,
    max_tokens: options.maxTokens,
    seed: options.seed,
    stop: options.stop,
    response_format: options.responseFormat ?? (config.requiresJson ? { type: "json_object" } : undefined),
    tools: options.tools,
    tool_choice: options.toolChoice,
    parallel_tool_calls: options.parallelToolCalls,
    router: {
      prioritize_speed: config.prioritizeSpeed,
      prioritize_accuracy: config.prioritizeAccuracy,
      critical_accuracy: config.criticalAccuracy,
      requires_vision: config.requiresVision,
      deadline: options.deadlineSeconds,
      targets: options.targets,
      fallback: options.fallback,
      cache_seconds: options.cacheSeconds,
      on_restart: options.onRestart,
    },
  };
}

function streamBody(config: TaskConfig, messages: readonly Message[], options: StreamOptions): Body {
  const body = requestBody(config, messages, { onRestart: "mark", ...options });
  return { ...body, stream: true, stream_options: { include_usage: true } };
}

async function callGateway(
  settings: DualRouterOptions,
  path: string,
  request: { body: unknown; signal: AbortSignal | undefined },
): Promise<Response> {
  const { body, signal } = request;
  const init: RequestInit = { method: body === undefined ? "GET" : "POST", headers: headersOf(settings, body) };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal) init.signal = signal;
  const url = baseOf(settings) + path;
  let reply: Response;
  try {
    reply = await (settings.fetch ?? globalThis.fetch)(url, init);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const words = `No gateway answers at ${url}. Start it with: python -m router serve`;
    throw new ConfigurationError(words, { cause: error });
  }
  if (!reply.ok) throw await refusalOf(reply, signal);
  return reply;
}

function headersOf(settings: DualRouterOptions, body: unknown): Record<string, string> {
  const key = settings.apiKey ?? fromEnvironment("DUAL_ROUTER_API_KEY");
  if (!key) throw new ConfigurationError("No key: pass apiKey, or set DUAL_ROUTER_API_KEY to a key of the gateway.");
  const headers = { authorization: `Bearer ${key}` };
  return body === undefined ? headers : { ...headers, "content-type": "application/json" };
}

function baseOf(settings: DualRouterOptions): string {
  const url = settings.baseURL ?? fromEnvironment("DUAL_ROUTER_BASE_URL") ?? "http://127.0.0.1:8700";
  return `${url.replace(/\/+$/, "").replace(/\/v1$/, "")}/v1`;
}

/** A variable of the environment, where there is one; a browser and a worker have none. */
function fromEnvironment(name: string): string | undefined {
  const host = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return host.process?.env?.[name] || undefined;
}

async function readJson(reply: Response, signal?: AbortSignal): Promise<unknown> {
  const text = await reply.text().catch((error: unknown) => {
    if (signal?.aborted) throw signal.reason;
    throw new StreamInterrupted("The connection to the gateway broke off within the answer.", { cause: error });
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    const words = `What answers at ${reply.url} is no gateway: ${text.slice(0, 100)}`;
    throw new ConfigurationError(words, { status: reply.status, cause: error });
  }
}

async function refusalOf(reply: Response, signal: AbortSignal | undefined): Promise<RouterError> {
  const document = (await readJson(reply, signal)) as { error?: WireError } | null;
  const milliseconds = Number(reply.headers.get("retry-after-ms") ?? NaN);
  const retryAt = Number.isFinite(milliseconds) ? new Date(Date.now() + milliseconds) : undefined;
  return errorOf(document?.error ?? {}, { status: reply.status, requestId: requestIdOf(reply), retryAt });
}

function errorOf(error: WireError, facts: ErrorDetails): RouterError {
  const details = {
    ...facts,
    code: error.code ?? undefined,
    param: error.param ?? undefined,
    attempts: error.attempts?.map(attemptOf),
  };
  const Kind = kindOf(facts.status, error);
  return new Kind(error.message ?? `The gateway answered with status ${facts.status}.`, details);
}

/** Within a stream there is no status of its own: the code says what happened. */
function kindOf(status: number | undefined, error: WireError): typeof RouterError {
  if (status === 401 || status === 403) return ConfigurationError;
  if (error.code === "timeout") return DeadlineExceeded;
  if (error.code === "all_routes_exhausted") return AllTargetsFailed;
  // Targets that are out of allowance were tried or passed over, each in `attempts`; a key's own limit tries nothing.
  if (error.code === "rate_limit_exceeded") return error.attempts ? AllTargetsFailed : LimitReached;
  if (status === undefined) return StreamInterrupted;
  return status >= 500 ? RouterError : RequestRejected;
}

function requestIdOf(reply: Response): string | undefined {
  return reply.headers.get("x-request-id") ?? undefined;
}

function completionOf<Parsed>(reply: Reply, json: boolean): Completion<Parsed> {
  const choice = reply.choices[0];
  if (!choice) throw new RouterError("The gateway's reply holds no answer.");
  const { message, finish_reason } = choice;
  const facts = reply.router ?? {};
  const calls = message.tool_calls ?? [];
  const text = message.content ?? "";
  return {
    text,
    parsed: json && text && calls.length === 0 ? (JSON.parse(text) as Parsed) : null,
    toolCalls: calls.map(toolCallOf),
    reasoning: message.reasoning_content ?? "",
    provider: facts.provider ?? "",
    model: facts.model ?? "",
    finishReason: finish_reason,
    usage: reply.usage ? usageOf(reply.usage) : null,
    degraded: facts.degraded ?? false,
    simulated: facts.simulated ?? false,
    fromCache: facts.cache?.status === "hit",
    requestId: facts.request_id ?? "",
    attempts: (facts.attempts ?? []).map(attemptOf),
    choices: [{ index: 0, message: messageOf(message.content ?? null, calls), finish_reason }],
  };
}

function messageOf(content: string | null, calls: MessageToolCall[]): AssistantMessage {
  return calls.length > 0 ? { role: "assistant", content, tool_calls: calls } : { role: "assistant", content };
}

function usageOf(usage: NonNullable<Reply["usage"]>): Usage {
  const { prompt_tokens, completion_tokens, total_tokens } = usage;
  return { promptTokens: prompt_tokens, completionTokens: completion_tokens, totalTokens: total_tokens };
}

function toolCallOf(call: MessageToolCall): ToolCall {
  const { name, arguments: argumentsJson } = call.function;
  return { id: call.id, name, arguments: JSON.parse(argumentsJson) as Record<string, unknown>, argumentsJson };
}

function attemptOf(attempt: WireAttempt): Attempt {
  const { provider, model, outcome, http_status = null, error = null } = attempt;
  return { provider, model, outcome, httpStatus: http_status, error };
}

/** The data of a stream's events (server-sent events); comments keep a quiet connection open and say nothing. */
async function* readEvents(reply: Response): AsyncGenerator<string, void, undefined> {
  if (!reply.body) return;
  const reader = reply.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += decoder.decode(value, { stream: !done });
      const lines = rest.split(/\r?\n/);
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.startsWith("data:")) yield line.slice(5).trim();
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
