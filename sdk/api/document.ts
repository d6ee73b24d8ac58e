/**
 * `/v1/openapi.json`: the routes for tools.
 *
 * @module
 */
import * as v from "valibot";
import { defineRoute } from "./route.ts";

export const getDocument = defineRoute({
  method: "GET",
  path: "/v1/openapi.json",
  summary: "Describe all routes as OpenAPI 3.1",
  scope: "status:read",
  reply: v.looseObject({ openapi: v.literal("3.1.0") }),
});
