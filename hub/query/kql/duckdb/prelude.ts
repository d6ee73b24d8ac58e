/**
 * Macros that a statement may call: each argument that would be repeated is bound once.
 *
 * They are made before the engine is locked.
 *
 * @module
 */

/** `value` bound to `v` within `body`. */
function bound(value: string, body: string): string {
  return `list_transform([${value}], lambda v: ${body})[1]`;
}

const MACROS: Readonly<Record<string, string>> = {
  "k_floor_div(a, b)": "(a - ((a % b) + b) % b) // b",
  "k_mod(a, b)": "((a % b) + abs(b)) % abs(b)",
  "k_bin(x, n)": "case when n > 0 then x - (((x % n) + n) % n) end",
  "k_bin_real(x, n)": "case when n > 0 then floor(x / n) * n end",
  "k_divide_real(a, b)": `case when b = 0 then case when a > 0 then 'inf'::double
    when a < 0 then '-inf'::double else 'nan'::double end else a / b end`,
  "k_bool_text(x)": "case when x is null then '' when x then 'True' else 'False' end",
  "k_real_text(x)": `coalesce(${
    bound(
      "x::double",
      `case when isnan(v) then 'NaN'
      when isinf(v) then case when v > 0 then 'Infinity' else '-Infinity' end
      when v = trunc(v) and abs(v) < 1e15 then v::bigint::varchar || '.0'
      else replace(v::varchar, 'e', 'E') end`,
    )
  }, '')`,
  "k_decimal_text(x)":
    `coalesce(regexp_replace(regexp_replace(x::varchar, '(\\.\\d*?)0+$', '\\1'), '\\.$', ''), '')`,
  "k_datetime_text(x)": `coalesce(${
    bound(
      "x::bigint",
      `strftime(make_timestamp(k_floor_div(v, 10)), '%Y-%m-%dT%H:%M:%S.%f') ||
      (((v % 10) + 10) % 10)::varchar || 'Z'`,
    )
  }, '')`,
  "k_clock(n)":
    `(case when n >= 864000000000 then (n // 864000000000)::varchar || '.' else '' end) ||
    printf('%02d:%02d:%02d', (n // 36000000000) % 24, (n // 600000000) % 60, (n // 10000000) % 60) ||
    (case when n % 10000000 <> 0 then '.' || printf('%07d', n % 10000000) else '' end)`,
  "k_timespan_text(x)": `coalesce(${
    bound("x::hugeint", "(case when v < 0 then '-' else '' end) || k_clock(abs(v))")
  }, '')`,
  "k_absent(j)": "nullif(j, 'null'::json)",
  "k_dynamic_text(j)": "coalesce(json_extract_string(j, '$'), '')",
  "k_text_dynamic(s)": "case when s <> '' then to_json(s) end",
  "k_parse_json(s)": bound(
    "s::varchar",
    `case when v = '' then null when json_valid(v) then nullif(json(v), 'null'::json)
    else to_json(v) end`,
  ),
  "k_array(j)": "case when json_type(j) = 'ARRAY' then json_extract(j, '$[*]') end",
  "k_text_long(s)": bound(
    "s::varchar",
    `case when regexp_full_match(v, '\\s*0[xX][0-9a-fA-F]{1,16}\\s*')
      then try_cast(trim(v) as ubigint)::bigint
      when regexp_full_match(v, '\\s*[-+]?\\d+\\s*') then try_cast(v as bigint) end`,
  ),
  "k_text_real(s)": bound(
    "s::varchar",
    `case when lower(trim(v)) in ('inf', '+inf', '-inf', 'nan', 'infinity', '-infinity')
      then try_cast(v as double)
      when regexp_matches(v, '^\\s*[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?\\s*$')
      then try_cast(v as double) end`,
  ),
  "k_text_bool(s)":
    "case lower(trim(s)) when 'true' then true when 'false' then false when '1' then true when '0' then false end",
  "k_timestamp_ticks(t)": "epoch_us(t) * 10",
  "k_text_datetime(s)": bound(
    "s::varchar",
    `k_timestamp_ticks(coalesce(try_cast(try_cast(v as timestamptz) as timestamp),
      try_strptime(v, ['%m/%d/%Y %H:%M:%S', '%m/%d/%Y', '%Y-%m-%d %H:%M', '%Y-%m-%dT%H:%M',
      '%d %b %Y', '%b %d %Y', '%a, %d %b %Y %H:%M:%S', '%Y%m%d', '%Y'])))`,
  ),
  "k_timespan_unit(s)": `case regexp_extract(s, '[a-z]+$') when 'd' then 864000000000
    when 'h' then 36000000000 when 'm' then 600000000 when 's' then 10000000 when 'ms' then 10000
    when 'microsecond' then 10 when 'tick' then 1 end`,
  "k_timespan_parts(m)": `(case when m[1] = '-' then -1 else 1 end) *
    (coalesce(try_cast(m[2] as bigint), 0) * 864000000000 +
    coalesce(try_cast(m[3] as bigint), 0) * 36000000000 +
    coalesce(try_cast(m[4] as bigint), 0) * 600000000 +
    coalesce(try_cast(m[5] as bigint), 0) * 10000000 +
    coalesce(try_cast(rpad(m[6], 7, '0') as bigint), 0))`,
  "k_text_timespan(s)": bound(
    "s::varchar",
    `case when regexp_full_match(v, '-?\\d+(\\.\\d+)?(d|h|m|s|ms|microsecond|tick)')
      then round(try_cast(regexp_extract(v, '^-?[0-9.]+') as double) * k_timespan_unit(v))::bigint
      when regexp_full_match(v, '-?(\\d+\\.)?\\d{1,2}:\\d{1,2}(:\\d{1,2}(\\.\\d{1,7})?)?')
      then k_timespan_parts(regexp_extract(v,
        '^(-?)(?:(\\d+)\\.)?(\\d{1,2}):(\\d{1,2})(?::(\\d{1,2})(?:\\.(\\d{1,7}))?)?$',
        ['1', '2', '3', '4', '5', '6']).struct_values())
      when regexp_full_match(v, '-?\\d+') then try_cast(v as bigint) * 864000000000 end`,
  ),
  "k_path(k)": `'$."' || replace(replace(k, '\\', '\\\\'), '"', '\\"') || '"'`,
  "k_member(j, k)": "k_absent(json_extract(j, k_path(k)))",
  "k_element(j, i)":
    "k_absent(json_extract(j, case when i < 0 then '$[#' || i || ']' else '$[' || i || ']' end))",
  "k_equal(a, b)": "case when a is null and b is null then null else a is not distinct from b end",
  "k_unequal(a, b)": "case when a is null and b is null then null else a is distinct from b end",
  "k_equal_real(a, b)": `case when a is null and b is null then null
    when isnan(a) or isnan(b) then false else a is not distinct from b end`,
  "k_unequal_real(a, b)": `case when a is null and b is null then null
    when isnan(a) or isnan(b) then true else a is distinct from b end`,
  "k_has(l, r)": `r = '' or regexp_matches(l, '(?:^|[^\\p{L}\\p{N}])' || regexp_escape(r) ||
    '(?:$|[^\\p{L}\\p{N}])')`,
  "k_has_prefix(l, r)": "r = '' or regexp_matches(l, '(?:^|[^\\p{L}\\p{N}])' || regexp_escape(r))",
  "k_has_suffix(l, r)": "r = '' or regexp_matches(l, regexp_escape(r) || '(?:$|[^\\p{L}\\p{N}])')",
  "k_dynamic_real(j)": bound(
    "j::json",
    `case json_type(v) when 'BOOLEAN' then case when v::varchar = 'true' then 1.0 else 0.0 end
      when 'VARCHAR' then k_text_real(json_extract_string(v, '$')) when 'ARRAY' then null
      when 'OBJECT' then null else try_cast(v::varchar as double) end`,
  ),
  "k_dynamic_long(j)": bound(
    "j::json",
    `case json_type(v) when 'BOOLEAN' then case when v::varchar = 'true' then 1 else 0 end
      when 'VARCHAR' then k_text_long(json_extract_string(v, '$')) when 'ARRAY' then null
      when 'OBJECT' then null
      when 'DOUBLE' then try_cast(trunc(try_cast(v::varchar as double)) as bigint)
      else try_cast(v::varchar as bigint) end`,
  ),
  "k_dynamic_bool(j)": `case when json_type(j) in ('BOOLEAN', 'VARCHAR')
    then try_cast(lower(k_dynamic_text(j)) as boolean) else k_dynamic_real(j) <> 0 end`,
  "k_real_dynamic(x)": `case when x is null then null when isnan(x) then '"NaN"'::json
    when isinf(x) then case when x > 0 then '"Infinity"'::json else '"-Infinity"'::json end
    else to_json(x) end`,
  "k_elements(j, otherwise)": bound(
    "j::json",
    `case json_type(v) when 'ARRAY' then json_extract(v, '$[*]')
      when 'OBJECT' then list_transform(json_keys(v), lambda k:
        json_object(k, json_extract(v, k_path(k))))
      when 'NULL' then otherwise else case when v is null then otherwise else [v] end end`,
  ),
  "k_pairs(j, otherwise)": bound(
    "j::json",
    `case json_type(v) when 'ARRAY' then json_extract(v, '$[*]')
      when 'OBJECT' then list_transform(json_keys(v), lambda k:
        json_array(k, json_extract(v, k_path(k))))
      when 'NULL' then otherwise else case when v is null then otherwise else [v] end end`,
  ),
  "k_wrap_long(x)": `(((x + 9223372036854775808) % 18446744073709551616 + 18446744073709551616)
    % 18446744073709551616 - 9223372036854775808)::bigint`,
  "k_wrap_int(x)":
    "(((x + 2147483648) % 4294967296 + 4294967296) % 4294967296 - 2147483648)::integer",
};

/** Statements that make the macros, each after those that it calls. */
export function preludeStatements(): readonly string[] {
  return [
    "set TimeZone = 'UTC'",
    ...Object.entries(MACROS).map(([head, body]) => `create macro ${head} as ${body}`),
  ];
}
