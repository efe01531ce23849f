using System.Text;
using System.Text.Json;

namespace Slipway.Messages.Tests;

public sealed class ProjectMetadataTests
{
    [Fact]
    public void Every_project_file_gives_the_targets_that_the_original_requests()
    {
        foreach (var row in TestData.Table("metadata/cases.tsv"))
        {
            var metadata = ProjectMetadata.Read(TestData.Bytes("metadata/" + row[0]), out var errors);
            // Where the original crashes after accepting a file, the file is refused here.
            if (row[1] == "invalid" || row[5] != "-" || row[6].Contains("TypeError", StringComparison.Ordinal))
            {
                Assert.True(metadata is null && errors.Count > 0, row[0]);
                continue;
            }
            Assert.True(metadata is not null, $"{row[0]}: {string.Join("; ", errors)}");
            Assert.Equal(row[3], metadata.Distributions is not null ? "package" : metadata.Images is not null ? "image" : "none");
            Assert.Equal(Expected(row[4]), Targets(metadata));
        }
    }

    [Fact]
    public void An_error_names_its_line()
    {
        ProjectMetadata.Read(Encoding.UTF8.GetBytes("schema_version: 0.1\nname: x\ndistributions:\n  - {dist: TW, arch: x86_64, runner_group: g, foo: 1}\n"), out var errors);
        Assert.Equal("line 4: distributions[0].foo: unknown field", Assert.Single(errors).ToString());
    }

    private static List<string> Expected(string json) =>
        [.. JsonDocument.Parse(json).RootElement.EnumerateArray().Select(target => string.Join('|', target.EnumerateArray().Select(part => part.GetString())))];

    private static List<string> Targets(ProjectMetadata metadata) => metadata.Distributions is { } distributions
        ? [.. distributions.Select(target => $"{target.Arch}|{target.Dist}|{target.RunnerGroup}")]
        : [.. (metadata.Images ?? []).Select(image => $"{image.Arch}|{image.Selection}|{image.RunnerGroup}")];
}
