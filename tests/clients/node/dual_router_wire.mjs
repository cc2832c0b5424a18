// The client for TypeScript before a server that says odd things, as proxies and broken connections do.
import { createServer } from "node:http";
import * as tryout from "./checks.mjs";

const { createDualRouter, dualRouter: fromEnvironment } = await import(process.env.DUAL_ROUTER_MODULE);
const CHAT = { type: "real-time-chat" };
const HELLO = [{ role: "user", content: "hi" }];
const facts = { provider: "groq", model: "m", request_id: "01A", attempts: [{ provider: "groq", model: "m", outcome: "x" }] };
const line = (document) => `data: ${JSON.stringify(document)}\n\n`;
const delta = (content) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
const thought = (text) => ({ choices: [{ index: 0, delta: { reasoning_content: text }, finish_reason: null }] });
const END = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }], router: facts };
const failure = (code, more = {}) => ({ error: { message: `It is ${code}.`, code, param: null, ...more } });

/** What the client makes of a reply; `write` gets the server's response. */
async function seen(write, ask) {
  const server = createServer((request, response) => request.resume().on("end", () => write(response)));
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  try {
    return await ask(createDualRouter({ baseURL: `http://127.0.0.1:${server.address().port}/`, apiKey: "drk_x" }));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function streamed(write) {
  return seen(write, async (router) => {
    const stream = router.stream(CHAT, HELLO);
    const kinds = [];
    try {
      for await (const event of stream) kinds.push(event.kind);
    } catch (error) {
      return { kinds, error: error.constructor.name, code: error.code, text: error.text };
    }
    const { provider, model, reasoning } = stream.completion;
    return { kinds, text: stream.text, reasoning, target: `${provider}:${model}` };
  });
}

const completed = (status, headers, body) =>
  seen(
    (response) => response.writeHead(status, headers).end(body),
    (router) =>
      tryout.refusal(router.complete(CHAT, HELLO), (error) => ({
        error: error.constructor.name,
        status: error.status,
        wait: error.retryAt && Math.round((error.retryAt - Date.now()) / 1000),
        attempts: error.attempts.length,
        message: error.message,
      })),
  );

const refused = (status, code, more) => completed(status, { "retry-after-ms": "7000" }, JSON.stringify(failure(code, more)));
const events = (response) => response.writeHead(200, { "content-type": "text/event-stream" });

await tryout.runChecks("dual-router.ts wire", {
  bytes_one_by_one: () =>
    streamed(async (response) => {
      const text = `: keep-alive\r\n\r\n${line(thought("Hm."))}${line(delta("Grüße 😀"))}event: x\n${line(END)}data: [DONE]\n\n`;
      events(response);
      for (const byte of Buffer.from(text)) {
        response.write(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
      response.end();
    }),
  no_end: () => streamed((response) => events(response).end(line(delta("Hel")))),
  torn: () => streamed((response) => events(response).write(line(delta("Hel")), () => response.destroy())),
  garbage: () => streamed((response) => events(response).end(`${line(delta("Hel"))}data: <html>\n\n`)),
  interrupted: () => streamed((response) => events(response).end(line(delta("Hel")) + line(failure("stream_interrupted")))),
  exhausted: () => streamed((response) => events(response).end(`: keep-alive\n\n${line(failure("all_routes_exhausted"))}`)),
  late: () => streamed((response) => events(response).end(line(failure("timeout")))),
  limit: () => refused(429, "rate_limit_exceeded"),
  dry: () => refused(429, "rate_limit_exceeded", { attempts: facts.attempts }),
  down: () => refused(503, "all_routes_exhausted", { attempts: facts.attempts }),
  deadline: () => refused(504, "timeout"),
  forbidden: () => refused(403, "model_not_allowed"),
  fault: () => refused(500, "internal_error"),
  proxy: () => completed(502, { "content-type": "text/html" }, "<html>Bad Gateway</html>"),
  other_server: () => completed(200, {}, "Welcome"),
  torn_body: () =>
    seen(
      (response) => response.writeHead(200, { "content-length": "99" }).write("{", () => response.destroy()),
      (router) => tryout.refusal(router.complete(CHAT, HELLO), (error) => ({ error: error.constructor.name })),
    ),
  async environment() {
    return { text: (await fromEnvironment.complete(CHAT, HELLO)).text };
  },
  no_key: () =>
    tryout.refusal(createDualRouter({ apiKey: "" }).complete(CHAT, HELLO), (error) => ({ message: error.message })),
  async twice() {
    const stream = fromEnvironment.stream(CHAT, HELLO);
    for await (const event of stream) if (event.kind === "completed") break;
    return tryout.refusal(stream[Symbol.asyncIterator]().next(), (error) => ({ message: error.message }));
  },
});
