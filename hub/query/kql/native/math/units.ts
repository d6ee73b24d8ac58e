/**
 * `convert_angle`, `convert_energy`, `convert_force`, `convert_length`, `convert_mass`,
 * `convert_speed`, `convert_temperature`, `convert_volume`.
 *
 * A unit is so many of the first one of its table. A name that is no unit gives no value.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";

type Units = Readonly<Record<string, number>>;

const { PI } = Math;
const FOOT = 0.3048;
const US_SURVEY_FOOT = 1200 / 3937;
const POUND = 0.45359237;
const GRAVITY = 9.80665;
const BTU = 1055.05585262;
const CALORIE = 4.184;
const ELECTRON_VOLT = 1.602176634e-19;
const LIGHT_YEAR = 9.46073047258e15;
const PARSEC = 3.08567758128e16;
const US_GALLON = 0.003785411784;
const IMPERIAL_GALLON = 0.00454609;
const DAY_S = 86_400;
const HOUR_S = 3600;

const ANGLES: Units = {
  Degree: 1,
  Arcminute: 1 / 60,
  Arcsecond: 1 / 3600,
  Centiradian: 1.8 / PI,
  Deciradian: 18 / PI,
  Gradian: 0.9,
  Microdegree: 1e-6,
  Microradian: 1.8e-4 / PI,
  Millidegree: 1e-3,
  Milliradian: 0.18 / PI,
  Nanodegree: 1e-9,
  Nanoradian: 1.8e-7 / PI,
  NatoMil: 9 / 160,
  Radian: 180 / PI,
  Revolution: 360,
};

const ENERGIES: Units = {
  Joule: 1,
  BritishThermalUnit: BTU,
  Calorie: CALORIE,
  DecathermEc: 1.05505585262e9,
  DecathermImperial: 1.05505585257348e9,
  DecathermUs: 1.054804e9,
  ElectronVolt: ELECTRON_VOLT,
  Erg: 1e-7,
  FootPound: POUND * GRAVITY * FOOT,
  GigabritishThermalUnit: BTU * 1e9,
  GigaelectronVolt: ELECTRON_VOLT * 1e9,
  Gigajoule: 1e9,
  GigawattDay: DAY_S * 1e9,
  GigawattHour: HOUR_S * 1e9,
  HorsepowerHour: 2.6845195377e6,
  KilobritishThermalUnit: BTU * 1e3,
  Kilocalorie: CALORIE * 1e3,
  KiloelectronVolt: ELECTRON_VOLT * 1e3,
  Kilojoule: 1e3,
  KilowattDay: DAY_S * 1e3,
  KilowattHour: HOUR_S * 1e3,
  MegabritishThermalUnit: BTU * 1e6,
  Megacalorie: CALORIE * 1e6,
  MegaelectronVolt: ELECTRON_VOLT * 1e6,
  Megajoule: 1e6,
  MegawattDay: DAY_S * 1e6,
  MegawattHour: HOUR_S * 1e6,
  Millijoule: 1e-3,
  TeraelectronVolt: ELECTRON_VOLT * 1e12,
  TerawattDay: DAY_S * 1e12,
  TerawattHour: HOUR_S * 1e12,
  ThermEc: 1.05505585262e8,
  ThermImperial: 1.05505585257348e8,
  ThermUs: 1.054804e8,
  WattDay: DAY_S,
  WattHour: HOUR_S,
};

const FORCES: Units = {
  Newton: 1,
  Decanewton: 10,
  Dyn: 1e-5,
  KilogramForce: GRAVITY,
  Kilonewton: 1e3,
  KiloPond: GRAVITY,
  KilopoundForce: POUND * GRAVITY * 1e3,
  Meganewton: 1e6,
  Micronewton: 1e-6,
  Millinewton: 1e-3,
  OunceForce: POUND * GRAVITY / 16,
  Poundal: POUND * FOOT,
  PoundForce: POUND * GRAVITY,
  ShortTonForce: POUND * GRAVITY * 2000,
  TonneForce: GRAVITY * 1e3,
};

const LENGTHS: Units = {
  Meter: 1,
  Angstrom: 1e-10,
  AstronomicalUnit: 1.4959787070e11,
  Centimeter: 1e-2,
  Chain: 20.1168,
  DataMile: 1828.8,
  Decameter: 10,
  Decimeter: 0.1,
  DtpPica: 0.0254 / 6,
  DtpPoint: 0.0254 / 72,
  Fathom: 1.8288,
  Foot: FOOT,
  Hand: 0.1016,
  Hectometer: 100,
  Inch: 0.0254,
  KilolightYear: LIGHT_YEAR * 1e3,
  Kilometer: 1e3,
  Kiloparsec: PARSEC * 1e3,
  LightYear: LIGHT_YEAR,
  MegalightYear: LIGHT_YEAR * 1e6,
  Megaparsec: PARSEC * 1e6,
  Microinch: 2.54e-8,
  Micrometer: 1e-6,
  Mil: 2.54e-5,
  Mile: 1609.344,
  Millimeter: 1e-3,
  Nanometer: 1e-9,
  NauticalMile: 1852,
  Parsec: PARSEC,
  PrinterPica: 0.0254 * 400 / 2409,
  PrinterPoint: 0.0254 / 72.27,
  Shackle: 27.432,
  SolarRadius: 6.95510e8,
  Twip: 0.0254 / 1440,
  UsSurveyFoot: US_SURVEY_FOOT,
  Yard: 0.9144,
};

const MASSES: Units = {
  Kilogram: 1,
  Centigram: 1e-5,
  Decagram: 1e-2,
  Decigram: 1e-4,
  EarthMass: 5.9722e24,
  Grain: POUND / 7000,
  Gram: 1e-3,
  Hectogram: 0.1,
  Kilopound: POUND * 1e3,
  Kilotonne: 1e6,
  LongHundredweight: POUND * 112,
  LongTon: POUND * 2240,
  Megapound: POUND * 1e6,
  Megatonne: 1e9,
  Microgram: 1e-9,
  Milligram: 1e-6,
  Nanogram: 1e-12,
  Ounce: POUND / 16,
  Pound: POUND,
  ShortHundredweight: POUND * 100,
  ShortTon: POUND * 2000,
  Slug: POUND * GRAVITY / FOOT,
  SolarMass: 1.98947e30,
  Stone: POUND * 14,
  Tonne: 1e3,
};

const VOLUMES: Units = {
  CubicMeter: 1,
  AcreFoot: 1233.48183754752,
  AuTablespoon: 2e-5,
  BoardFoot: 0.028316846592 / 12,
  Centiliter: 1e-5,
  CubicCentimeter: 1e-6,
  CubicDecimeter: 1e-3,
  CubicFoot: 0.028316846592,
  CubicHectometer: 1e6,
  CubicInch: 1.6387064e-5,
  CubicKilometer: 1e9,
  CubicMicrometer: 1e-18,
  CubicMile: 1609.344 ** 3,
  CubicMillimeter: 1e-9,
  CubicYard: 0.764554857984,
  Decaliter: 1e-2,
  DecausGallon: US_GALLON * 10,
  Deciliter: 1e-4,
  DeciusGallon: US_GALLON / 10,
  HectocubicFoot: 2.8316846592,
  HectocubicMeter: 100,
  Hectoliter: 0.1,
  HectousGallon: US_GALLON * 100,
  ImperialBeerBarrel: IMPERIAL_GALLON * 36,
  ImperialGallon: IMPERIAL_GALLON,
  ImperialOunce: IMPERIAL_GALLON / 160,
  ImperialPint: IMPERIAL_GALLON / 8,
  KilocubicFoot: 28.316846592,
  KilocubicMeter: 1e3,
  KiloimperialGallon: IMPERIAL_GALLON * 1e3,
  Kiloliter: 1,
  KilousGallon: US_GALLON * 1e3,
  Liter: 1e-3,
  MegacubicFoot: 28316.846592,
  MegaimperialGallon: IMPERIAL_GALLON * 1e6,
  Megaliter: 1e3,
  MegausGallon: US_GALLON * 1e6,
  MetricCup: 2.5e-4,
  MetricTeaspoon: 5e-6,
  Microliter: 1e-9,
  Milliliter: 1e-6,
  OilBarrel: US_GALLON * 42,
  UkTablespoon: 1.5e-5,
  UsBeerBarrel: US_GALLON * 31,
  UsCustomaryCup: US_GALLON / 16,
  UsGallon: US_GALLON,
  UsLegalCup: 2.4e-4,
  UsOunce: US_GALLON / 128,
  UsPint: US_GALLON / 8,
  UsQuart: US_GALLON / 4,
  UsTablespoon: US_GALLON / 256,
  UsTeaspoon: US_GALLON / 768,
};

const SPEED_LENGTHS: Units = {
  Centimeter: 1e-2,
  Decimeter: 0.1,
  Foot: FOOT,
  Inch: 0.0254,
  Kilometer: 1e3,
  Meter: 1,
  Micrometer: 1e-6,
  Mile: 1609.344,
  Millimeter: 1e-3,
  Nanometer: 1e-9,
  UsSurveyFoot: US_SURVEY_FOOT,
  Yard: 0.9144,
};

const SPEED_TIMES = { Second: 1, Minute: 60, Hour: HOUR_S } as const;

/** Meters a second. */
const SPEEDS: Units = Object.fromEntries([
  ["Knot", 1852 / HOUR_S],
  ...Object.entries(SPEED_LENGTHS).flatMap(([length, meters]) =>
    Object.entries(SPEED_TIMES).map(([time, seconds]) => [
      `${length}Per${time}`,
      meters / seconds,
    ])
  ),
]);

/** Kelvin = value × scale + zero. */
const TEMPERATURES: Readonly<Record<string, { readonly scale: number; readonly zero: number }>> = {
  Kelvin: { scale: 1, zero: 0 },
  DegreeCelsius: { scale: 1, zero: 273.15 },
  DegreeDelisle: { scale: -2 / 3, zero: 373.15 },
  DegreeFahrenheit: { scale: 5 / 9, zero: 459.67 * 5 / 9 },
  DegreeNewton: { scale: 100 / 33, zero: 273.15 },
  DegreeRankine: { scale: 5 / 9, zero: 0 },
  DegreeReaumur: { scale: 5 / 4, zero: 273.15 },
  DegreeRoemer: { scale: 40 / 21, zero: 273.15 - 7.5 * 40 / 21 },
  MillidegreeCelsius: { scale: 1e-3, zero: 273.15 },
  SolarTemperature: { scale: 5778, zero: 0 },
};

const TABLES: Readonly<Record<string, Units>> = {
  angle: ANGLES,
  energy: ENERGIES,
  force: FORCES,
  length: LENGTHS,
  mass: MASSES,
  speed: SPEEDS,
  volume: VOLUMES,
};

export const UNITS: readonly NativeFunction[] = [
  ...Object.entries(TABLES).map(([kind, units]) =>
    defineNative(
      `convert_${kind}`,
      [["real", "string", "string"], "real"],
      ([value, from, to]) => {
        const [one, other] = [units[from], units[to]];
        return value === null || one === undefined || other === undefined
          ? null
          : value * one / other;
      },
    )
  ),
  defineNative(
    "convert_temperature",
    [["real", "string", "string"], "real"],
    ([value, from, to]) => {
      const [one, other] = [TEMPERATURES[from], TEMPERATURES[to]];
      if (value === null || one === undefined || other === undefined) return null;
      return (value * one.scale + one.zero - other.zero) / other.scale;
    },
  ),
];
