using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Messages.Brokers;
using Slipway.Packages.Repositories;

namespace Slipway.Server.Tests;

public sealed partial class DashboardTests(TestSite site)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/", "From a commit to a device")]
    [InlineData("/requests", "projects/demo/tool")]
    [InlineData("/builds", "bookworm.x86_64")]
    [InlineData("/repositories", "demo/bookworm")]
    [InlineData("/releases", "Releases")]
    [InlineData("/devices", "Devices")]
    [InlineData("/messages", "Dead letters")]
    public async Task Page_is_whole_and_its_style_is_there(string address, string text)
    {
        await PublishSomethingAsync();
        var page = await site.Http.GetStringAsync(address, Cancellation);
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.Contains(text, page, StringComparison.Ordinal);
        Assert.EndsWith("</html>", page.TrimEnd(), StringComparison.Ordinal);
        foreach (Match asset in Asset().Matches(page))
            Assert.Equal(HttpStatusCode.OK, (await site.Http.GetAsync(asset.Groups[1].Value, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Page_of_a_failed_build_says_why_and_shows_its_log_as_text()
    {
        site.Builder.Open();
        var commit = site.Push("broken on purpose");
        var id = $"{(await site.BuildOfAsync(commit, "failed"))["id"]}";
        var page = await site.Http.GetStringAsync($"/builds/{id}", Cancellation);
        Assert.Contains("the recipe is broken &lt;here&gt;", page, StringComparison.Ordinal);
        Assert.Contains($"first line of build {id}", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        site.Push("good again");
    }

    [Fact]
    public async Task Page_of_a_running_build_follows_its_log_from_where_the_page_ends()
    {
        site.Builder.Close();
        var commit = site.Push("watch me");
        var id = $"{(await site.BuildOfAsync(commit, "running"))["id"]}";
        string page;
        do page = await site.Http.GetStringAsync($"/builds/{id}", Cancellation);
        while (!page.Contains($"first line of build {id}", StringComparison.Ordinal));
        var address = WebUtility.HtmlDecode(Follow().Match(page).Groups[1].Value);
        site.Builder.Open();
        var rest = await site.Http.GetStringAsync(address, Cancellation);
        Assert.Contains("last line", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("first line", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_nobody_can_read_is_shown_with_its_reason_and_not_run()
    {
        site.Broker.Publish([new OutgoingMessage("demo", null, Encoding.UTF8.GetBytes("<script>alert(1)</script>"))]);
        string page;
        do page = await site.Http.GetStringAsync("/messages", Cancellation);
        while (!page.Contains("alert(1)", StringComparison.Ordinal));
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)", page, StringComparison.Ordinal);
        var letters = await site.Http.GetFromJsonAsync<JsonArray>("/api/v1/dead-letters", Cancellation);
        Assert.Contains(letters!, l => $"{l!["topic"]}" == "demo" && $"{l["reason"]}" != "");
    }

    [Theory]
    [InlineData("/builds/999999")]
    [InlineData("/releases/none/5")]
    public async Task Page_of_nothing_is_404(string address) =>
        Assert.Equal(HttpStatusCode.NotFound, (await site.Http.GetAsync(address, Cancellation)).StatusCode);

    [Fact]
    public async Task Fault_in_the_sources_is_shown_with_file_and_line()
    {
        site.Push("no such dist", "[{dist: nowhere, arch: x86_64, runner_group: demo}]");
        string page;
        do page = await site.Http.GetStringAsync("/requests", Cancellation);
        while (!page.Contains("nowhere", StringComparison.Ordinal));
        Assert.Contains("cloud_builder.yml", page, StringComparison.Ordinal);
        site.Push("a dist again");
    }

    private async Task PublishSomethingAsync()
    {
        site.Builder.Open();
        var repository = new RepositoryId("demo", "bookworm");
        if (site.Parts.Repositories.Current(repository) is null) await site.BuildOfAsync(site.Push("for the pages"), "succeeded");
        while (site.Parts.Repositories.Current(repository) is null) await Task.Delay(50, Cancellation);
    }

    [GeneratedRegex("(?:src|href)=\"(/assets/[^\"]+)\"")]
    private static partial Regex Asset();

    [GeneratedRegex("data-follow=\"([^\"]+)\"")]
    private static partial Regex Follow();
}
