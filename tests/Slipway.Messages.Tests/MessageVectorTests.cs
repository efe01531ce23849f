using System.Text;
using System.Text.Json;

namespace Slipway.Messages.Tests;

public sealed class MessageVectorTests
{
    [Fact]
    public void Every_message_of_the_original_is_written_byte_for_byte()
    {
        var wrong = new List<string>();
        var cases = TestData.Table("messages/cases.tsv");
        foreach (var row in cases)
        {
            var ours = VectorMessages.Write(row[1], JsonDocument.Parse(row[3]).RootElement);
            var theirs = TestData.Bytes("messages/" + row[0]);
            if (!ours.AsSpan().SequenceEqual(theirs)) wrong.Add($"{row[0]}\nours\n{Encoding.UTF8.GetString(ours)}\ntheirs\n{Encoding.UTF8.GetString(theirs)}");
        }
        Assert.Equal(231, cases.Length);
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ; first: {string.Join("\n", wrong.Take(3))}");
    }

    [Fact]
    public void Every_message_of_the_original_is_read_and_written_again_unchanged()
    {
        foreach (var row in TestData.Table("messages/cases.tsv"))
        {
            var theirs = TestData.Bytes("messages/" + row[0]);
            var (ours, errors) = Again(row[1], theirs);
            Assert.True(errors.Count == 0, $"{row[0]}: {string.Join("; ", errors)}");
            Assert.Equal(Encoding.UTF8.GetString(theirs), Encoding.UTF8.GetString(ours));
        }
    }

    [Fact]
    public void Every_message_is_printed_as_the_original_prints_it()
    {
        foreach (var row in TestData.Table("messages/cases.tsv"))
            Assert.Equal(Encoding.UTF8.GetString(TestData.Bytes("messages/" + Path.ChangeExtension(row[0], ".json"))), MessageJson.Of(TestData.Bytes("messages/" + row[0])) + "\n");
    }

    private static (byte[], IReadOnlyList<DocumentError>) Again(string kind, byte[] bytes)
    {
        IReadOnlyList<DocumentError> errors;
        var written = kind switch
        {
            "build_request" => MessageCodec.ReadBuildRequest(bytes, out errors) is { } message ? MessageCodec.Write(message) : [],
            "info_request" => MessageCodec.ReadInfoRequest(bytes, out errors) is { } message ? MessageCodec.Write(message) : [],
            "response" => MessageCodec.ReadResponse(bytes, out errors) is { } message ? MessageCodec.Write(message) : [],
            _ => MessageCodec.ReadInfoResponse(bytes, out errors) is { } message ? MessageCodec.Write(message) : [],
        };
        return (written, errors);
    }
}
