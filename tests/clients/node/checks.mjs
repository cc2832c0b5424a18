// What every client is asked here, and how it tells what it saw: a JSON line for each check.

export const {
  GATEWAY_URL: baseURL,
  GATEWAY_KEY: apiKey,
  LIMITED_KEY: limitedKey,
  MODEL: model,
  GOOD_MODEL: goodModel,
  BROKEN_MODEL: brokenModel,
  SLOW_MODEL: slowModel,
  PICTURE: picture,
} = process.env;

export const QUESTION = "What should I eat before a run?";
export const MEAL = "2 eggs and toast";
export const TOOL_QUESTION = "What is the weather in Paris?";
export const PICTURE_QUESTION = "What is in this picture?";
export const WEATHER = "18 degrees and dry";

/** Runs a client's checks one after the other. One that throws says what. */
export async function runChecks(client, checks) {
  for (const [check, run] of Object.entries(checks)) {
    const began = performance.now();
    const line = { client, check };
    try {
      line.saw = await within(10_000, run());
    } catch (error) {
      line.error = String(error?.stack ?? error);
    }
    console.log(JSON.stringify({ ...line, seconds: (performance.now() - began) / 1000 }));
  }
}

async function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** What a client made of a refusal. */
export async function refusal(promise, read) {
  try {
    await promise;
  } catch (error) {
    return read(error);
  }
  throw new Error("it was not refused");
}

/** What a client that is built on `openai` made of a refusal. */
export const openaiRefusal = (promise) =>
  refusal(promise, (error) => ({
    status: error.status,
    code: error.code ?? error.error?.code,
    message: error.message,
    retryAfter: error.headers?.get?.("retry-after"),
    requestId: error.requestID,
  }));

/** A stream's pieces until it ends or fails. */
export async function pieces(stream, textOf) {
  const saw = { pieces: 0, text: "", failure: null };
  try {
    for await (const piece of stream) {
      const text = textOf(piece);
      if (!text) continue;
      saw.pieces += 1;
      saw.text += text;
    }
  } catch (error) {
    saw.failure = String(error?.message ?? error);
  }
  return saw;
}
