#!/usr/bin/env node
import { main } from "../dist/cli/main.js";
import { command } from "../dist/cli/riva-server.js";

await main(command);
