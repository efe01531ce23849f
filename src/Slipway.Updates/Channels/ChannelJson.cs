using System.Globalization;
using System.Text.Json;

namespace Slipway.Updates;

/// <summary>One object of a channel pointer; every value is checked when it is taken, and errors name the key.</summary>
internal sealed class ChannelJson
{
    private const string InstantFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const string HourFormat = "HH:mm";
    private const int MaxNameLength = 64;

    private readonly JsonElement _element;
    private readonly string _path;

    public ChannelJson(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"{(path.Length == 0 ? "the file" : path)} is not an object");
        }
        _element = element;
        _path = path;
    }

    public static string Instant(DateTimeOffset instant) => instant.ToUniversalTime().ToString(InstantFormat, CultureInfo.InvariantCulture);

    public static string Hour(TimeOnly hour) => hour.ToString(HourFormat, CultureInfo.InvariantCulture);

    public void AllowOnly(params ReadOnlySpan<string> keys)
    {
        foreach (var property in _element.EnumerateObject())
        {
            if (!keys.Contains(property.Name))
            {
                throw new FormatException($"the key {_path}{property.Name} is unknown");
            }
        }
    }

    public long Number(string key, long low, long high)
    {
        var value = Value(key);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= low && number <= high
            ? number
            : throw new FormatException($"{_path}{key} is not a whole number from {low} to {high}");
    }

    public string Text(string key, int maxLength) => TextOf(Value(key), key, maxLength);

    public string Name(string key) => NameOf(Value(key), key);

    public IReadOnlyList<string> Names(string key, int maxCount)
    {
        var value = Value(key);
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > maxCount)
        {
            throw new FormatException($"{_path}{key} is not a list of at most {maxCount} names");
        }
        return [.. value.EnumerateArray().Select(item => NameOf(item, key))];
    }

    public DateTimeOffset Time(string key) =>
        DateTimeOffset.TryParseExact(Text(key, 20), InstantFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            ? instant
            : throw new FormatException($"{_path}{key} is not a time such as 2026-01-31T12:00:00Z");

    public TimeOnly DayTime(string key) =>
        TimeOnly.TryParseExact(Text(key, 5), HourFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var hour)
            ? hour
            : throw new FormatException($"{_path}{key} is not an hour such as 22:00");

    public ChannelJson Object(string key) => new(Value(key), $"{_path}{key}.");

    public ChannelJson? OptionalObject(string key) => _element.TryGetProperty(key, out _) ? Object(key) : null;

    private JsonElement Value(string key) =>
        _element.TryGetProperty(key, out var value) ? value : throw new FormatException($"the key {_path}{key} is missing");

    private string TextOf(JsonElement value, string key, int maxLength) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= maxLength
            ? text
            : throw new FormatException($"{_path}{key} is not a text of 1 to {maxLength} characters");

    private string NameOf(JsonElement value, string key)
    {
        var name = TextOf(value, key, MaxNameLength);
        var valid = name[0] is not ('.' or '-') && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '+');
        return valid ? name : throw new FormatException($"{_path}{key} is not a name (letters, digits and - _ . +)");
    }
}
