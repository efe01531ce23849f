using Slipway.Harbor;

namespace Slipway.Scenarios;

/// <summary>What the main job leaves behind (the job itself has failed already where one of its steps did not work).</summary>
public sealed class MainJobTests(HarborFixture harbor)
{
    [Fact]
    public async Task The_device_runs_the_patched_hello() =>
        Assert.Equal("Hello from Harbor!", await harbor.Job.HelloAsync(HarborFixture.Cancellation));

    [Fact]
    public void Delta_packs_of_the_change_are_a_small_part_of_the_zero_packs()
    {
        var version = Path.Combine(harbor.Www, "20");
        var delta = Directory.EnumerateFiles(version, "pack-*-from-10.tar").Sum(f => new FileInfo(f).Length);
        var zero = Directory.EnumerateFiles(version, "pack-*-from-0.tar").Sum(f => new FileInfo(f).Length);

        Assert.InRange(delta, 1, zero / 20);
    }

    [Fact]
    public async Task No_file_of_a_build_or_root_belongs_to_the_root_of_the_machine()
    {
        var found = await Programs.RunAsync("find",
            [Path.Combine(harbor.Service.Data, "roots"), "-mindepth", "2", "-path", "*/tree/*", "-uid", "0", "-print", "-quit"], HarborFixture.Cancellation);

        Assert.Equal("", found.Trim());
    }

    [Fact]
    public async Task Reading_needs_no_login_and_changing_does()
    {
        using var http = new HttpClient();
        var answer = await http.PostAsync(new Uri(harbor.Service.Url + "/api/v1/builds/1/retry"), new StringContent("{}"), HarborFixture.Cancellation);

        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task The_same_is_allowed_over_the_local_socket()
    {
        var build = (await harbor.Service.GetAsync("/api/v1/builds?limit=1", HarborFixture.Cancellation)).AsArray()[0]!;

        var shown = await Programs.RunAsync(harbor.Service.Slipway, ["builds", "show", $"{build["id"]}", "--json", "--data", harbor.Service.Data], HarborFixture.Cancellation);

        Assert.Contains("\"attempts\"", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_run_of_the_job_goes_on_from_what_is_there()
    {
        var releases = await harbor.Service.GetTextAsync("/api/v1/streams/harbor/releases", HarborFixture.Cancellation);

        await harbor.Job.RunAsync(HarborFixture.Cancellation);

        Assert.Equal(releases, await harbor.Service.GetTextAsync("/api/v1/streams/harbor/releases", HarborFixture.Cancellation));
    }

    [Fact]
    public async Task What_run_offers_to_try_leads_to_a_version_that_a_device_updates_to()
    {
        var clone = Path.Combine(harbor.Scratch, "yours");
        var commands = string.Join('\n', Invitation.Commands(harbor.Service.Data, clone));

        // As somebody who never used git on this machine.
        await Programs.RunAsync("env", ["HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1", "bash", "-euc", commands], HarborFixture.Cancellation);
        await harbor.WaitForChannelAsync((await Programs.RunAsync("git", ["-C", clone, "rev-parse", "HEAD"], HarborFixture.Cancellation)).Trim());

        var root = Path.Combine(harbor.Scratch, "yours-root");
        await harbor.Job.DeviceAsync(root, ["install", "--version", "20", "--bundles", "harbor"], HarborFixture.Cancellation);
        await harbor.Job.DeviceAsync(root, ["update"], HarborFixture.Cancellation);
        Assert.Equal("Ahoy!", (await Programs.RunAsync("chroot", [root, "/usr/bin/hello"], HarborFixture.Cancellation)).Trim());
    }
}
