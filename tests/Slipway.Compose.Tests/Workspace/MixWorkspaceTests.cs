using Slipway.Compose.Workspace;
using Slipway.Content;

namespace Slipway.Compose.Tests.Workspace;

public sealed class MixWorkspaceTests : IDisposable
{
    private readonly TemporaryDirectory _place = new();
    private readonly List<string> _said = [];

    public void Dispose() => _place.Dispose();

    private MixWorkspace Made() => MixInit.Run(_place.Path, null, new InitOptions(), _ => null, TimeProvider.System, _said.Add);

    private MixWorkspace Opened() => MixWorkspace.Open(_place.Path, null, _ => null, TimeProvider.System, _said.Add);

    [Fact]
    public void A_second_run_is_told_who_holds_the_workspace()
    {
        var mix = Made();
        using (mix.Lock("mix build bundles"))
        {
            var error = Assert.Throws<SlipwayException>(() => Opened().Lock("mix build update"));
            Assert.Equal(FailureKind.Blocked, error.Kind);
            Assert.Contains($"process {Environment.ProcessId}, mix build bundles, since", error.Why, StringComparison.Ordinal);
        }
        Opened().Lock("mix build update").Dispose();
    }

    [Fact]
    public void Old_dotted_names_win_with_one_warning()
    {
        Made();
        File.WriteAllText(_place[".mixversion"], "70\n");
        File.WriteAllText(_place[".clearversion"], "31380");
        var mix = Opened();
        Assert.Equal(70u, mix.MixVersion);
        Assert.Equal(31380u, mix.UpstreamVersion);
        mix.MixVersion = 80;
        Assert.Equal("80\n", File.ReadAllText(_place[".mixversion"]));
        Assert.Equal("10\n", File.ReadAllText(_place["mixversion"]));
        Assert.Single(_said, s => s.Contains(".mixversion is used", StringComparison.Ordinal));
    }

    [Fact]
    public void Bundles_are_listed_sorted_and_once()
    {
        var mix = Made();
        mix.MixBundles = ["os-core", "editors", "os-core"];
        Assert.Equal("editors\nos-core\n", File.ReadAllText(_place["mixbundles"]));
    }

    [Fact]
    public void A_second_init_leaves_what_is_there()
    {
        Made();
        File.WriteAllText(_place["local-bundles/os-core"], "base\n");
        var config = File.ReadAllText(_place["builder.conf"]);
        Made();
        Assert.Equal("base\n", File.ReadAllText(_place["local-bundles/os-core"]));
        Assert.Equal(config, File.ReadAllText(_place["builder.conf"]));
    }

    [Theory]
    [InlineData("#VERSION 1.1\n[Mix]\nFORMAT = \"x\"\n", "mixer.state:3")]
    [InlineData("#VERSION 1.1\n[Mix]\nPREVIOUS_MIX_VERSION = \"-1\"\n", "mixer.state:3")]
    [InlineData("#VERSION 1.1\n[Mix]\nFORMAT = 70000\n", "mixer.state:3")]
    public void A_bad_state_is_told_of_with_its_line(string text, string where)
    {
        Made();
        File.WriteAllText(_place["mixer.state"], text);
        Assert.Contains(where, Assert.Throws<ConfigException>(Opened).Message, StringComparison.Ordinal);
    }
}
