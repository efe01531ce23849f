using System.Text;

namespace Slipway.Messages.Tests;

public sealed class ValidationVectorTests
{
    private static readonly DocumentKind[] Kinds =
        [DocumentKind.BuildRequest, DocumentKind.InfoRequest, DocumentKind.Response, DocumentKind.InfoResponse, DocumentKind.Project, DocumentKind.Broker, DocumentKind.CbCtl];

    [Fact]
    public void Every_document_is_accepted_or_refused_as_the_original_does()
    {
        var wrong = new List<string>();
        var rows = TestData.Table("validation.tsv");
        foreach (var row in rows.Where(row => row[11] != "limit"))
        {
            var bytes = TestData.Bytes("validation/" + row[0]);
            for (var at = 0; at < Kinds.Length; at++)
            {
                var errors = MessageCodec.Check(Kinds[at], bytes);
                if (errors.Count == 0 != (row[2 + at] == "accept"))
                    wrong.Add($"{row[0]} {Kinds[at]}: expected {row[2 + at]}, note {row[12]}: {(errors.Count > 0 ? errors[0].ToString() : "accepted")}");
            }
        }
        Assert.Equal(735, rows.Length);
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong:\n{string.Join('\n', wrong)}");
    }

    [Fact]
    public void Documents_at_the_limits_of_the_original_do_not_crash_us()
    {
        foreach (var row in TestData.Table("validation.tsv").Where(row => row[11] == "limit"))
            Assert.NotNull(MessageCodec.Check(DocumentKind.BuildRequest, TestData.Bytes("validation/" + row[0])));
    }

    [Fact]
    public void A_document_over_a_mebibyte_is_refused_unread()
    {
        var errors = MessageCodec.Check(DocumentKind.BuildRequest, new byte[(1 << 20) + 1]);
        Assert.Contains("at most", Assert.Single(errors).Text, StringComparison.Ordinal);
    }

    // Found by comparing mutated documents with the original's own loader.
    [Theory]
    [InlineData("schema_version: 0.2\nrequest_id: \"a\nb\"\nproject: p\n", true)]
    [InlineData("schema_version: 0.2\nrequest_id: \"a\n---\nb\"\nproject: p\n", false)]
    [InlineData("schema_version: 0.2\nrequest_id: a \tb\nproject: p\n", false)]
    [InlineData("schema_version: 0.2\nrequest_id: \"a\tb\"\nproject: p\n", true)]
    [InlineData("{schema_version: 0.2, request_id: \"a\" \"b\", project: p}", false)]
    [InlineData("{schema_version: 0.2, \"request_id\"\"a\", project: p}", false)]
    [InlineData("{schema_version: 0.2, request_id: a?b, project: p}", false)]
    [InlineData("{schema_version: 0.2, request_id: a, project: [|1\n b\n]}", false)]
    [InlineData("{schema_version: 0.2, ? request_id : \"a\", project: p, }", true)]
    public void Grammar_is_that_of_the_original(string document, bool accepted) =>
        Assert.Equal(accepted, MessageCodec.Check(DocumentKind.InfoRequest, Encoding.UTF8.GetBytes(document)).Count == 0);
}
