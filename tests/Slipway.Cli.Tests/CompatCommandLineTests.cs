using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Cli.Compat;

namespace Slipway.Cli.Tests;

public sealed class CompatCommandLineTests
{
    [Fact]
    public void Every_command_line_of_the_ancestor_is_parsed_as_it_parses_it()
    {
        var wrong = new List<string>();
        var rows = File.ReadAllLines(Path.Combine(RoomArrowsTests.RepositoryRoot(), "tests/testdata/messages/cli.tsv")).Skip(1).Select(line => line.Split('\t')).ToList();
        foreach (var row in rows)
        {
            var usage = CloudBuilderPrograms.Find(row[1])!;
            var read = CommandLineReader.Read(usage, JsonSerializer.Deserialize<string[]>(row[2])!);
            var outcome = read.Outcome switch { CommandLineOutcome.Options => "options", CommandLineOutcome.UsageError => "usage-error", CommandLineOutcome.Help => "help", _ => "version" };
            var same = outcome == row[3] && outcome switch
            {
                "options" => JsonNode.DeepEquals(JsonNode.Parse(row[4]), JsonSerializer.SerializeToNode(read.Values)),
                "version" => JsonSerializer.Deserialize<string>(row[4]) == usage.VersionLine,
                _ => true,
            };
            if (!same) wrong.Add($"{row[0]} {row[1]} {row[2]} ({row[5]}): {outcome} {JsonSerializer.Serialize(read.Values)}, expected {row[3]} {row[4]}");
        }
        Assert.Equal(429, rows.Count);
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong:\n{string.Join('\n', wrong)}");
    }
}
