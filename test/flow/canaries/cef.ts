/**
 * Canaries in messages of the Common Event Format.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { COLUMN_OF_KEY } from "../../../plugins/syslog/cef/keys.ts";
import { cefTable } from "../../../plugins/syslog/cef/table.ts";
import { type Planted, wordsOf } from "./planted.ts";

const words = wordsOf("CommonSecurityLog", cefTable, {
  prefix: "zqCe",
  shaped: {
    SourceIP: "10.233.77.85",
    DestinationIP: "10.234.88.86",
    SourceTranslatedAddress: "10.235.99.87",
    DestinationTranslatedAddress: "10.236.111.88",
    DeviceAddress: "10.237.122.89",
    DeviceTranslatedAddress: "10.238.133.90",
    DeviceCustomIPv6Address1: "fd51:9c3:7e21::a1b2:c301",
    DeviceCustomIPv6Address2: "fd51:9c3:7e21::a1b2:c302",
    DeviceCustomIPv6Address3: "fd51:9c3:7e21::a1b2:c303",
    DeviceCustomIPv6Address4: "fd51:9c3:7e21::a1b2:c304",
    SourceMACAddress: "02:5a:71:c3:e5:01",
    DestinationMACAddress: "02:5a:71:c3:e5:02",
    DeviceMacAddress: "02:5a:71:c3:e5:03",
  },
});

const controls = { "CommonSecurityLog.DeviceProduct": "zqControlProduct" };

/** Keys whose columns are guarded or of free text, by hand: a class that is taken back is missed. */
const KEYS = ("c6a1 c6a2 c6a3 c6a4 cs1 cs2 cs3 cs4 cs5 cs6 destinationTranslatedAddress " +
  "deviceTranslatedAddress dhost dmac dst duid duser dvc dvcmac filePath " +
  "flexString1 flexString2 fname msg oldFileName oldFilePath reason request " +
  "requestClientApplication requestContext requestCookies shost smac " +
  "sourceTranslatedAddress src suid suser").split(" ");

/** Each of them, and one that has no column. */
function message(): string {
  const fields = KEYS.map((key) => `${key}=${words.at(COLUMN_OF_KEY.get(key) ?? key)}`);
  const product = controls["CommonSecurityLog.DeviceProduct"];
  return `<134>1 2026-06-30T10:00:00Z fw1 - - - - ` +
    `CEF:0|Vendor|${product}|1.0|100|Mail to ${words.at("Activity")}|5|` +
    `${fields.join(" ")} ownKey=${words.at("AdditionalExtensions")}`;
}

export const plantedCef: Planted = {
  canaries: words.canaries,
  content: words.content,
  controls,
  sources(folder) {
    const file = join(folder, "cef.log");
    writeFileSync(file, `${message()}\n`);
    return { cef: { plugin: "syslog", config: { files: [file] } } };
  },
};
