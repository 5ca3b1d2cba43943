// Invokes a runtime with the AWS SDK for JavaScript and prints one JSON line for each chunk of its answer, with the
// time it was received:
//
//   AWS_ENDPOINT_URL_BEDROCK_AGENTCORE=http://127.0.0.1:4599 node stream.mjs RUNTIME_ARN [PROMPT]
//
// Region and credentials come from the environment, as for every AWS client. A failure is one JSON line, and exit 1.
import { BedrockAgentCoreClient, InvokeAgentRuntimeCommand } from "@aws-sdk/client-bedrock-agentcore";

const [runtimeArn, prompt = "hello"] = process.argv.slice(2);
if (!runtimeArn) {
  console.error("usage: node stream.mjs RUNTIME_ARN [PROMPT]");
  process.exit(2);
}

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

try {
  const client = new BedrockAgentCoreClient({});
  const answer = await client.send(
    new InvokeAgentRuntimeCommand({
      agentRuntimeArn: runtimeArn,
      contentType: "application/json",
      payload: new TextEncoder().encode(JSON.stringify({ prompt })),
    }),
  );
  print({ kind: "head", session_id: answer.runtimeSessionId, content_type: answer.contentType });
  for await (const chunk of answer.response) {
    print({ kind: "chunk", received_ms: Date.now(), base64: Buffer.from(chunk).toString("base64") });
  }
  print({ kind: "end" });
} catch (error) {
  print({ kind: "error", name: error.name, message: error.message, metadata: error.$metadata ?? null });
  process.exitCode = 1;
}
