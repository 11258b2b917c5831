import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "./styles.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { createApolloClient } from "./apollo/client.ts";
import { createRoutes } from "./routes.tsx";

const root = document.getElementById("root");
if (root === null) {
  throw new Error("The page has no element #root");
}
createRoot(root).render(
  <StrictMode>
    <App client={createApolloClient()} router={createRoutes()} />
  </StrictMode>,
);
