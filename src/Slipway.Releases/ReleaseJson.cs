using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Content;

namespace Slipway.Releases;

/// <summary>How this room's records are stored and shown: one JSON form for the store, the database and people.</summary>
public static class ReleaseJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new DigestConverter(), new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static byte[] Bytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    public static T Read<T>(string text) => JsonSerializer.Deserialize<T>(text, Options) ?? throw new JsonException("the text is null");

    public static T Read<T>(ContentStore store, Digest digest)
    {
        using var content = store.Open(digest);
        return JsonSerializer.Deserialize<T>(content, Options) ?? throw new JsonException($"content {digest} is null");
    }

    internal static Digest DigestOf<T>(T value) => Digest.Of(Bytes(value));

    private sealed class DigestConverter : JsonConverter<Digest>
    {
        public override Digest Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            Digest.TryParse(reader.GetString(), out var digest) ? digest : throw new JsonException("not a SHA-256");

        public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
