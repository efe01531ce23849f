using System.Text.Json;

namespace Slipway.Messages.Brokers;

/// <summary>A dead letter as it travels on <see cref="Topics.DeadLetters"/>: the message and why it was put aside, as JSON.</summary>
internal static class DeadLetterBody
{
    private sealed record Envelope(string Topic, long Offset, string Group, string? Key, byte[] Body, string Reason, DateTimeOffset Time);

    public static byte[] Write(Delivery delivery, string reason, DateTimeOffset time) => JsonSerializer.SerializeToUtf8Bytes(
        new Envelope(delivery.Subscription.Topic, delivery.Offset, delivery.Subscription.Group, delivery.Key, delivery.Body, reason, time), JsonSerializerOptions.Web);

    /// <summary>Null for what is no dead letter: others may write to the topic.</summary>
    public static DeadLetter? Read(ReadOnlySpan<byte> body, long id)
    {
        try
        {
            return JsonSerializer.Deserialize<Envelope>(body, JsonSerializerOptions.Web) is { Topic: not null, Group: not null, Body: not null, Reason: not null } one
                ? new DeadLetter(id, one.Topic, one.Offset, one.Group, one.Key, one.Body, one.Reason, one.Time)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
