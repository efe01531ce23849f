using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Slipway.Updates;

/// <summary>Which devices take a channel's release, and at what hours.</summary>
/// <param name="Percent">0 to 100: the share of devices that take it; with the same seed a growing share never drops a device.</param>
/// <param name="Seed">Decides, together with a device's id, which devices belong to the share.</param>
/// <param name="Cohorts">Names of device groups that take it whatever the share.</param>
/// <param name="Window">The hours of a day in which devices begin the update; null means any time.</param>
public sealed record RollOut(int Percent, string Seed, IReadOnlyList<string> Cohorts, RollOutWindow? Window)
{
    private const int MaxCohorts = 256;

    /// <summary>Every device, at any time.</summary>
    public static RollOut Full { get; } = new(100, "all", [], null);

    /// <summary>What this roll-out means for one device: a function of its id, its cohorts and the hour alone.</summary>
    public RollOutDecision Decide(string deviceId, IReadOnlyCollection<string> cohorts, DateTimeOffset now)
    {
        var included = Percent == 100 || Cohorts.Any(cohorts.Contains) || Share(deviceId, Seed) < Percent * 100;
        if (!included)
        {
            return RollOutDecision.NotYet;
        }
        return Window is { } window && !window.Holds(TimeOnly.FromDateTime(now.UtcDateTime)) ? RollOutDecision.OutsideWindow : RollOutDecision.Take;
    }

    /// <summary>Where a device stands between 0 and 9999 under a seed.</summary>
    internal static int Share(string deviceId, string seed)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{deviceId}\n{seed}"));
        return (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % 10000);
    }

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("rollOut");
        json.WriteNumber("percent", Percent);
        json.WriteString("seed", Seed);
        json.WriteStartArray("cohorts");
        foreach (var cohort in Cohorts)
        {
            json.WriteStringValue(cohort);
        }
        json.WriteEndArray();
        if (Window is { } window)
        {
            json.WriteStartObject("window");
            json.WriteString("from", ChannelJson.Hour(window.From));
            json.WriteString("to", ChannelJson.Hour(window.To));
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    internal static RollOut Read(ChannelJson json)
    {
        json.AllowOnly("percent", "seed", "cohorts", "window");
        var window = json.OptionalObject("window");
        window?.AllowOnly("from", "to");
        return new RollOut(
            (int)json.Number("percent", 0, 100),
            json.Text("seed", 128),
            json.Names("cohorts", MaxCohorts),
            window is null ? null : new RollOutWindow(window.DayTime("from"), window.DayTime("to")));
    }
}

/// <summary>Hours of the day in UTC, from the first minute to before the second; over midnight when the second is the earlier.</summary>
public sealed record RollOutWindow(TimeOnly From, TimeOnly To)
{
    internal bool Holds(TimeOnly time) => From <= To ? time >= From && time < To : time >= From || time < To;
}

/// <summary>What a roll-out means for a device now.</summary>
public enum RollOutDecision
{
    /// <summary>The device takes the release.</summary>
    Take,

    /// <summary>The device is not in the share yet.</summary>
    NotYet,

    /// <summary>The device takes it, but not at this hour.</summary>
    OutsideWindow,
}
