using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Content;

namespace Slipway.Builds;

/// <summary>What a runner shows with everything it says: which attempt it speaks of.</summary>
public sealed record HeldAttempt(long Build, long Fence);

/// <summary>Who asks for a build.</summary>
/// <param name="Instance">The runner's process; another one is another holder.</param>
public sealed record LeaseAsk(string Instance, IReadOnlyList<ServedGroup> Groups);

/// <summary>What a runner says of its attempt; which of it is set depends on what it says.</summary>
public sealed record AttemptReport
{
    public AttemptState State { get; init; }
    public string BuildRoot { get; init; } = "";
    public AttemptRecord Record { get; init; } = new();
    public string Cause { get; init; } = "";
    public bool Infrastructure { get; init; }
    public string Code { get; init; } = "";
    public IReadOnlyList<BuildResult> Results { get; init; } = [];
}

/// <summary>The heartbeat's answer.</summary>
/// <param name="GoOn">False: stop building.</param>
/// <param name="LogBytes">How much of the log has arrived.</param>
public sealed record Heartbeat(bool GoOn, long LogBytes);

/// <summary>The JSON between a service and its runners.</summary>
public static class RunnerJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new DigestConverter(), new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    private sealed class DigestConverter : JsonConverter<Digest>
    {
        public override Digest Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            Digest.TryParse(reader.GetString(), out var digest) ? digest : throw new JsonException("not a SHA-256");

        public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
