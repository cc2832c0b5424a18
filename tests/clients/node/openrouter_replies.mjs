// Reads each reply of the provider at argv[2] with the official SDK, which checks it against its own schemas.
import { OpenRouter } from "@openrouter/sdk";

const [url, model] = process.argv.slice(2);
const client = new OpenRouter({ apiKey: "any-key", serverURL: url });
const manager = new OpenRouter({ apiKey: "any-management-key", serverURL: url });
const [author, slug] = model.split("/");
const messages = [{ role: "user", content: "2 eggs and toast" }];

const listed = await client.models.list();
const reply = await client.chat.send({ chatRequest: { model, messages } });
const pieces = [];
for await (const chunk of await client.chat.send({ chatRequest: { model, messages, stream: true } })) {
  pieces.push(chunk.choices[0]?.delta?.content ?? "");
}
const key = await client.apiKeys.getCurrentKeyMetadata();

console.log(JSON.stringify({
  listed: (listed.result ?? listed).data.map((entry) => entry.id),
  counted: (await client.models.count()).data.count,
  model: (await client.models.get({ author, slug })).data.id,
  endpoints: (await client.endpoints.list({ author, slug })).data.endpoints.length,
  left: key.data.freeModelDailyRequests.remaining,
  credits: (await manager.credits.getCredits()).data.totalCredits,
  text: reply.choices[0].message.content,
  tokens: (await client.generations.getGeneration({ id: reply.id })).data.tokensCompletion,
  streamed: pieces.join(""),
}));
