using System.Diagnostics;
using System.Text.Json;

namespace Slipway.Cli.Tests;

/// <summary>`slipway messages check` as a user calls it, over the documents whose verdicts the original gave.</summary>
public sealed class MessagesCheckTests
{
    private static readonly string Slipway = Path.ChangeExtension(typeof(ManPage).Assembly.Location, null);
    private static readonly string Testdata = Path.Combine(RoomArrowsTests.RepositoryRoot(), "tests/testdata/messages");
    private static readonly string[] Kinds = ["build_request", "info_request", "response", "info_response", "project", "broker", "cbctl"];

    [Fact]
    public void Every_kind_of_document_gets_the_verdict_of_the_original()
    {
        var rows = File.ReadAllLines(Path.Combine(Testdata, "validation.tsv")).Skip(1).Select(line => line.Split('\t')).Where(row => row[11] != "limit").ToList();
        for (var kind = 0; kind < Kinds.Length; kind++)
        {
            var (exit, output, _) = Run("", ["messages", "check", Kinds[kind], "--json", .. rows.Select(row => Path.Combine(Testdata, "validation", row[0]))]);
            Assert.Equal(1, exit);
            var verdicts = JsonDocument.Parse(output).RootElement.EnumerateArray().Select(one => one.GetProperty("verdict").GetString()).ToList();
            Assert.Equal(rows.Select(row => row[2 + kind] == "accept" ? "accept" : "reject"), verdicts);
        }
    }

    [Fact]
    public void Standard_input_is_checked_and_a_rejection_names_its_reason()
    {
        var good = File.ReadAllText(Path.Combine(Testdata, "messages/m001.yml"));
        Assert.Equal((0, "accept -\n"), Shown(Run(good, ["messages", "check", "build_request", "-"])));
        Assert.Equal((1, "reject -: line 9: foo: unknown field\n"), Shown(Run(good + "foo: 1\n", ["messages", "check", "build_request", "-"])));
        Assert.Equal((1, "reject -: line 9: a\\u001b[2J: unknown field\n"), Shown(Run(good + "\"a\\e[2J\": 1\n", ["messages", "check", "build_request", "-"])));
    }

    [Fact]
    public void A_file_that_cannot_be_read_and_an_unknown_kind_are_no_verdicts()
    {
        var (missing, _, error) = Run("", ["messages", "check", "response", "/nonexistent/answer.yml"]);
        Assert.Equal(3, missing);
        Assert.Contains("/nonexistent/answer.yml", error, StringComparison.Ordinal);
        Assert.Equal(2, Run("", ["messages", "check", "letter", "-"]).Exit);
    }

    private static (int, string) Shown((int Exit, string Output, string Error) result) => (result.Exit, result.Output);

    private static (int Exit, string Output, string Error) Run(string input, string[] arguments) =>
        new ProcessStartInfo(Slipway, arguments).Run(input);
}
