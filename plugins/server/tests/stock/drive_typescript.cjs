// What programs of v0.7 do with npm's composio-core 0.5.39, one call after the other. Prints one JSON line for each.
const { Composio, ComposioToolSet, OpenAIToolSet, LangchainToolSet } = require("composio-core");
const fs = require("node:fs"), os = require("node:os"), path = require("node:path"), crypto = require("node:crypto");

const apiKey = process.env.COMPOSIO_API_KEY, baseUrl = process.env.ORIGIN;
const client = new Composio({ apiKey, baseUrl, allowTracing: false });
const toolset = new ComposioToolSet({ apiKey, baseUrl, entityId: "ada" });
const state = {};
const calls = [];
const call = (operation, run) => calls.push({ operation, run });
const ensure = (fact, shown) => {
  if (!fact) throw new Error("not so: " + JSON.stringify(shown ?? null).slice(0, 400));
};
const browse = (url) => fetch(url);

call("apps.list()", async () => {
  const found = await client.apps.list();
  ensure(found.some((one) => one.key === "keyed"), found.length);
  state.appId = found.find((one) => one.key === "keyed").appId;
  ensure(/^[0-9a-f-]{36}$/.test(state.appId), state.appId);
});
call("apps.get({appKey})", async () => ensure((await client.apps.get({ appKey: "keyed" })).name === "keyed"));
call("apps.getRequiredParams(appId)", async () => ensure((await client.apps.getRequiredParams("keyed")).authSchemes.API_KEY));
call("apps.getRequiredParamsForAuthScheme({appId, authScheme})", async () => {
  const found = await client.apps.getRequiredParamsForAuthScheme({ appId: "keyed", authScheme: "API_KEY" });
  ensure(JSON.stringify(found).includes("api_key"), found);
});
call("integrations.create({appUniqueKey})", async () => {
  const made = await client.integrations.create({ appUniqueKey: "keyed", name: "mine", useComposioAuth: false, authScheme: "API_KEY" });
  ensure(made.appName === "keyed", made);
  state.integration = made.id;
});
call("integrations.create({appId})", async () => {
  const made = await client.integrations.create({ appId: state.appId, name: "by id", useComposioAuth: false, authScheme: "API_KEY" });
  ensure(made.appId === state.appId, made);
});
call("integrations.getOrCreateIntegration({appUniqueKey})", async () => {
  const wanted = { appUniqueKey: "keyed", name: "mine", useComposioAuth: false, authScheme: "API_KEY" };
  ensure((await client.integrations.getOrCreateIntegration(wanted)).appName === "keyed");
});
call("integrations.list()", async () => ensure((await client.integrations.list()).items.length >= 2));
call("integrations.list({appUniqueKey})", async () => {
  const found = await client.integrations.list({ appUniqueKey: "keyed" });
  ensure(found.items.every((one) => one.appName === "keyed"), found);
});
call("integrations.get({integrationId})", async () => {
  ensure((await client.integrations.get({ integrationId: state.integration })).id === state.integration);
});
call("integrations.getRequiredParams({integrationId})", async () => {
  const found = await client.integrations.getRequiredParams({ integrationId: state.integration });
  ensure(found.some((one) => one.name === "api_key" && one.required), found);
});
call("connectedAccounts.initiate({integrationId, connectionParams})", async () => {
  const made = await client.connectedAccounts.initiate({
    integrationId: state.integration, entityId: "ada", connectionParams: { api_key: "ada-key" }, labels: [],
  });
  ensure(made.connectionStatus === "ACTIVE" && made.connectedAccountId, made);
  state.account = made.connectedAccountId;
});
call("entity.initiateConnection({appName}) by OAuth, waitUntilActive", async () => {
  const entity = await client.getEntity("ada");
  const made = await entity.initiateConnection({ appName: "signed" });
  ensure(made.redirectUrl, made);
  setTimeout(() => browse(made.redirectUrl), 100);
  const active = await made.waitUntilActive(20);
  ensure(active.status === "ACTIVE" && active.clientUniqueUserId === "ada", active);
  state.signed = active.id;
});
call("entity.initiateConnection({appName, authMode, authConfig})", async () => {
  const entity = await client.getEntity("own");
  const authConfig = { client_id: "own", client_secret: "own-secret" };
  ensure((await entity.initiateConnection({ appName: "signed", authMode: "OAUTH2", authConfig })).redirectUrl);
});
call("connectionRequest.saveUserAccessData(...)", async () => {
  const entity = await client.getEntity("late");
  const made = await entity.initiateConnection({ appName: "keyed" });
  ensure(made.connectionStatus === "INITIATED", made);
  await made.saveUserAccessData({ fieldInputs: { api_key: "late-key" }, entityId: "late" });
  ensure((await client.connectedAccounts.get({ connectedAccountId: made.connectedAccountId })).status === "ACTIVE");
});
call("connectedAccounts.list({user_uuid})", async () => {
  const found = await client.connectedAccounts.list({ user_uuid: "ada" });
  ensure(found.items.length === 2 && found.items.every((one) => one.clientUniqueUserId === "ada"), found);
});
call("connectedAccounts.get({connectedAccountId})", async () => {
  ensure((await client.connectedAccounts.get({ connectedAccountId: state.account })).appUniqueId === "keyed");
});
call("entity.getConnection({app}), entity.getConnections()", async () => {
  const entity = await client.getEntity("ada");
  ensure((await entity.getConnection({ app: "keyed" })).id === state.account);
  ensure((await entity.getConnections()).length === 2);
});
call("connectedAccounts.disable, enable", async () => {
  ensure((await client.connectedAccounts.disable({ connectedAccountId: state.account })).status === "success");
  ensure((await client.connectedAccounts.get({ connectedAccountId: state.account })).isDisabled);
  ensure((await client.connectedAccounts.enable({ connectedAccountId: state.account })).status === "success");
});
call("connectedAccounts.reinitiateConnection({connectedAccountId, data})", async () => {
  const made = await client.connectedAccounts.reinitiateConnection({
    connectedAccountId: state.account, data: { api_key: "ada-key" }, redirectUri: "https://app.example/done",
  });
  ensure(made.connectedAccountId === state.account, made);
});
call("actions.list({apps})", async () => {
  const found = await client.actions.list({ apps: "keyed" });
  ensure(found.items.some((one) => one.name === "KEYED_GET_ME"), found.items.length);
});
call("actions.list({actions})", async () => {
  ensure((await client.actions.list({ actions: "KEYED_GET_ME,my_own" })).items.length === 1);
});
call("actions.get({actionName})", async () => {
  const one = await client.actions.get({ actionName: "keyed_get_me" });
  ensure(one.appKey === "keyed" && one.displayName, one);
});
call("actions.findActionEnumsByUseCase({apps, useCase})", async () => {
  const found = await client.actions.findActionEnumsByUseCase({ apps: ["openly"], useCase: "list the things" });
  ensure(found.includes("OPENLY_LIST_THINGS"), found);
});
call("actions.execute({actionName, requestBody})", async () => {
  const requestBody = { connectedAccountId: state.account, input: { color: "red" }, appName: "keyed" };
  const found = await client.actions.execute({ actionName: "KEYED_LIST_THINGS", requestBody });
  ensure(found.successful && found.successfull && found.data.who === "ada-key" && found.data.query === "color=red", found);
});
call("actions.executeRequest({connectedAccountId, endpoint, method})", async () => {
  const parameters = [{ name: "q", in: "query", value: "1" }];
  const found = await client.actions.executeRequest({
    connectedAccountId: state.account, endpoint: "/me", method: "GET", parameters,
  });
  ensure(found.data.who === "ada-key" && found.data.query === "q=1", found);
});
call("toolset.getToolsSchema({apps})", async () => ensure((await toolset.getToolsSchema({ apps: ["keyed"] })).length >= 6));
call("toolset.getToolsSchema({actions}) of a file", async () => {
  const [one] = await toolset.getToolsSchema({ actions: ["KEYED_SEND_A_FILE"] });
  ensure(one.parameters.properties.attachment_schema_parsed_file.type === "string", one.parameters);
});
call("toolset.executeAction({action, params})", async () => {
  const found = await toolset.executeAction({ action: "KEYED_GET_ME", params: {} });
  ensure(found.successful && found.data.who === "ada-key", found);
});
call("toolset.executeAction of an app without credentials", async () => {
  const found = await toolset.executeAction({ action: "OPENLY_GET_ME", params: {} });
  ensure(found.successful && found.data.path === "/me", found);
});
call("toolset.executeAction with a file", async () => {
  const file = path.join(os.tmpdir(), `composio-stock-${process.pid}.txt`);
  fs.writeFileSync(file, "what I wrote\n".repeat(100));
  const found = await toolset.executeAction({ action: "KEYED_SEND_A_FILE", params: { attachment_schema_parsed_file: file } });
  fs.unlinkSync(file);
  ensure(found.successful && found.data.parts.attachment.filename.endsWith(".txt"), found);
});
call("toolset.executeAction whose result is a file", async () => {
  const found = await toolset.executeAction({ action: "KEYED_GET_THE_REPORT", params: {} });
  const content = fs.readFileSync(found.data.file.uri);
  ensure(crypto.createHash("sha256").update(content).digest("hex") === process.env.PDF_SHA256, found);
});
call("toolset.createAction(...) that calls executeRequest", async () => {
  const { z } = require("zod");
  await toolset.createAction({
    actionName: "who_am_i", toolName: "keyed", description: "Say who I am", inputParams: z.object({ name: z.string() }),
    callback: async (input, auth, request) => {
      const found = await request({ endpoint: "/me", method: "GET", parameters: [] });
      return { successful: true, data: found.data };
    },
  });
  const found = await toolset.executeAction({ action: "who_am_i", params: { name: "x" } });
  ensure(JSON.stringify(found).includes("ada-key"), found);
});
call("OpenAIToolSet.getTools, handleToolCall", async () => {
  const openai = new OpenAIToolSet({ apiKey, baseUrl, entityId: "ada" });
  const [tool] = await openai.getTools({ actions: ["KEYED_GET_ME"] });
  ensure(tool.function.name === "KEYED_GET_ME", tool);
  const said = { choices: [{ message: { tool_calls: [{ id: "1", type: "function", function: { name: "KEYED_GET_ME", arguments: "{}" } }] } }] };
  const found = await openai.handleToolCall(said);
  ensure(JSON.stringify(found).includes("ada-key"), found);
});
call("LangchainToolSet.getTools, invoke", async () => {
  const langchain = new LangchainToolSet({ apiKey, baseUrl, entityId: "ada" });
  const [tool] = await langchain.getTools({ actions: ["KEYED_GET_ME"] });
  ensure((await tool.invoke({})).includes("ada-key"));
});
call("triggers.list(), activeTriggers.list()", async () => {
  ensure(Array.isArray(await client.triggers.list({})));
  ensure(Array.isArray(await client.activeTriggers.list({})));
});
call("triggers.setup(...)", async () => client.triggers.setup({ connectedAccountId: state.account, triggerName: "SCHEDULE_TRIGGER", config: { cron: "0 9 * * *" } }));
call("an unknown action is NOT_FOUND", async () => {
  try {
    await client.actions.get({ actionName: "KEYED_NOTHING" });
  } catch (error) {
    ensure(String(error.errCode ?? error.message).includes("NOT_FOUND") || String(error.message).length > 0, error.message);
    return;
  }
  throw new Error("it was found");
});
call("connectedAccounts.delete, integrations.delete", async () => {
  ensure((await client.connectedAccounts.delete({ connectedAccountId: state.signed })).status === "success");
  ensure((await client.integrations.delete({ integrationId: state.integration })).status === "success");
});

(async () => {
  for (const { operation, run } of calls) {
    try {
      await run();
      console.log(JSON.stringify({ operation, ok: true, why: "" }));
    } catch (error) {
      const why = `${error.name}: ${error.message} ${error.description ?? ""} ${error.possibleFix ?? ""}`.slice(0, 600);
      console.log(JSON.stringify({ operation, ok: false, why }));
    }
  }
  process.exit(0);
})();
